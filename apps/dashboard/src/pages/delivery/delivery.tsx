import type { Delivery } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { PageProps } from '../../pages.ts'
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
  const delivery = useQuery({
    queryKey: ['live', 'delivery', id],
    queryFn: ({ signal }) => backhaul.deliveries.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? everyMs : false),
  })
  const log = useQuery({
    queryKey: ['live', 'attempts', id],
    queryFn: ({ signal }) => backhaul.deliveries.attempts(id, { signal }),
    refetchInterval: delivery.data?.state === 'pending' ? everyMs : false,
  })
  const body = log.data?.requestBody ?? null
  return (
    <Page title={id} heading={<span className="font-mono">{id}</span>} asked={[delivery, log]}>
      {delivery.data ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <State delivery={delivery.data} canWrite={who.scopes.includes('write')} />
          <DeliveryFacts delivery={delivery.data} task={body === null ? null : taskOfBody(body)} />
        </div>
      ) : null}
      {delivery.data && log.data ? (
        <div className="mt-4 space-y-4">
          <Attempts attempts={log.data.data} isOpen={delivery.data.state !== 'succeeded'} />
          <SentBody body={body} isWithheld={log.data.data.length > 0} />
        </div>
      ) : null}
    </Page>
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
