import type { AttemptList, Delivery } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { PageProps } from '../../page-props.ts'
import { Actions } from '../../parts/actions.tsx'
import { Card } from '../../parts/card.tsx'
import { DeliveryPill } from '../../parts/delivery-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Page } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { taskOfBody } from '../../rules/delivery-body.ts'
import { mostAttempts } from '../../rules/delivery-filters.ts'
import { backhaul } from '../../service.ts'
import { Attempts } from './attempts.tsx'
import { SentBody } from './sent-body.tsx'

/** An attempt that was made is no event, so nobody tells of it. */
const everyMs = 2_000

export default function DeliveryPage({ who, params }: PageProps) {
  const id = params.id!
  const found = useQuery({
    queryKey: ['live', 'delivery', id],
    // One after the other: the attempts of a delivery that has ended are all there.
    queryFn: async ({ signal }) => {
      const delivery = await backhaul.deliveries.get(id, { signal })
      return { delivery, ...(await backhaul.deliveries.attempts(id, { signal })) }
    },
    refetchInterval: ({ state }) => (state.data?.delivery.state === 'pending' ? everyMs : false),
  })
  return (
    <Page title={id} heading={<span className="font-mono">{id}</span>} asked={[found]}>
      {found.data ? <Shown {...found.data} canWrite={who.scopes.includes('write')} /> : null}
    </Page>
  )
}

function Shown({ delivery, data, requestBody, canWrite }: AttemptList & { delivery: Delivery; canWrite: boolean }) {
  return (
    <>
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <State delivery={delivery} canWrite={canWrite} />
        <DeliveryFacts delivery={delivery} task={requestBody === null ? null : taskOfBody(requestBody)} />
      </div>
      <div className="mt-4 space-y-4">
        <Attempts attempts={data} isOpen={delivery.state !== 'succeeded'} />
        <SentBody body={requestBody} isWithheld={delivery.eventType === 'session.wake' && !canWrite} />
      </div>
    </>
  )
}

function State({ delivery, canWrite }: { delivery: Delivery; canWrite: boolean }) {
  const { id, state, attempts, nextAttemptAt, endedAt } = delivery
  const isPending = state === 'pending'
  const says = isPending
    ? 'It is due at once, and with it what is before it in its lane. It keeps its webhook-id and body.'
    : 'It goes to the end of its lane, behind what is pending for the same session and endpoint, with ten new attempts. It keeps its webhook-id and body.'
  return (
    <Card title="State" aside={<DeliveryPill state={state} />}>
      <p className="mb-3">
        {attempts === 0 ? 'Not tried yet.' : `Tried ${attempts} ${attempts === 1 ? 'time' : 'times'}.`}{' '}
        {isPending && nextAttemptAt ? (
          <>
            The next attempt comes <Time at={nextAttemptAt} />.
          </>
        ) : null}
        {isPending && !nextAttemptAt ? 'Its turn comes when what is before it in its lane has been delivered.' : null}
        {state === 'failed' ? 'No attempt succeeded, and none follows by itself.' : null}
        {state === 'canceled' ? 'It is not wanted any more.' : null}
        {endedAt ? (
          <>
            {' '}
            It ended <Time at={endedAt} />.
          </>
        ) : null}
      </p>
      {isPending && attempts > 0 && attempts < mostAttempts ? (
        <p className="mb-3 text-(--quiet)">A schedule has {mostAttempts} attempts, further and further apart.</p>
      ) : null}
      {canWrite ? (
        <Actions
          actions={[{ name: isPending ? 'Try now' : 'Send again', says, run: () => backhaul.deliveries.retry(id) }]}
          on="this delivery"
        />
      ) : null}
    </Card>
  )
}

function DeliveryFacts({ delivery, task }: { delivery: Delivery; task: string | null }) {
  const { eventId, eventType, endpointId, sessionIdentifier: session, wakeId, createdAt } = delivery
  const link = (href: string, words: string) => (
    <Link href={href} className="underline">
      {words}
    </Link>
  )
  const facts: [string, ReactNode][] = [
    ['Event', `${eventType}, ${eventId}`],
    ['Endpoint', link(`/webhooks/${endpointId}`, endpointId)],
    ['Session', session ? link(`/sessions/${session}`, session) : 'none'],
    ['Task', task ? link(`/tasks/${task}`, task) : '–'],
    ['Wake', wakeId ? link(`/wakes/${wakeId}`, wakeId) : '–'],
    ['Created', <Time key="at" at={createdAt} />],
    ['Beside it', link(`/deliveries?event=${eventId}`, 'the deliveries of this event')],
  ]
  return (
    <Card title="Facts">
      <Facts facts={facts} />
    </Card>
  )
}
