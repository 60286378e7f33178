import type { Session } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { PageProps } from '../../page-props.ts'
import { type Action, Actions } from '../../parts/actions.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Page } from '../../parts/page.tsx'
import { ReasonBars } from '../../parts/reason-bars.tsx'
import { SessionPill } from '../../parts/session-state.tsx'
import { StateBar } from '../../parts/state-bar.tsx'
import { states } from '../../parts/task-state.tsx'
import { Time } from '../../parts/time.tsx'
import { WakeTable } from '../../parts/wake-table.tsx'
import { count, plural } from '../../rules/format.ts'
import { wordFor } from '../../rules/known.ts'
import { nextWakeSentence } from '../../rules/next-wake.ts'
import { backhaul } from '../../service.ts'
import { CompareCard } from './compare.tsx'
import { ConfigurationCard } from './configuration.tsx'

const shownWakes = 5

export default function SessionPage({ who, params }: PageProps) {
  const identifier = params.identifier!
  const session = useQuery({
    queryKey: ['live', 'session', identifier],
    queryFn: ({ signal }) => backhaul.sessions.get(identifier, { signal }),
  })
  const summary = useQuery({
    queryKey: ['live', 'summary', identifier],
    queryFn: ({ signal }) => backhaul.sessions.taskSummary(identifier, { signal }),
  })
  const wakes = useQuery({
    queryKey: ['live', 'wakes', 'of session', identifier],
    queryFn: async ({ signal }) =>
      await backhaul.wakes.list({ session: identifier, order: 'newestFirst', limit: shownWakes }, { signal }),
  })
  const found = session.data
  const to = `session=${identifier}`
  return (
    <Page
      title={identifier}
      asked={[session, summary, wakes]}
      aside={['tasks', 'events', 'wakes', 'deliveries'].map((page) => (
        <Link key={page} href={`/${page}?${to}`} className="underline">
          Its {page}
        </Link>
      ))}
    >
      {found ? (
        <>
          {found.advice.map((advice) => (
            <p key={advice} className="mb-4 rounded-lg bg-(--track) px-3 py-2">
              {advice}
            </p>
          ))}
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <div className="grid min-w-0 gap-4">
              <State session={found} canWrite={who.scopes.includes('write')} />
              <Told session={found} />
              <ConfigurationCard configuration={found.configuration} />
            </div>
            <div className="grid min-w-0 gap-4">
              <Card title="Why its tasks wait" aside={plural(found.taskCounts.waiting, 'task')}>
                {summary.data ? (
                  <ReasonBars counts={summary.data.waitingFor} href={(reason) => `/tasks?${to}&waitingFor=${reason}`} />
                ) : null}
              </Card>
              <Card title="Its last wakes">
                {wakes.data ? (
                  <WakeTable
                    which="of a session"
                    wakes={wakes.data.data}
                    empty={
                      'kind' in found.configuration.delegate || !found.configuration.sessionSendsLaunchEvents
                        ? 'It is never woken: its client reads the events.'
                        : 'It was not woken yet.'
                    }
                  />
                ) : null}
              </Card>
              <CompareCard configuration={found.configuration} identifier={identifier} />
            </div>
          </div>
        </>
      ) : null}
    </Page>
  )
}

function State({ session, canWrite }: { session: Session; canWrite: boolean }) {
  const { identifier, state, createdAt, taskCounts } = session
  const open = taskCounts.suspended + taskCounts.waiting + taskCounts.running
  const actions: Action[] = [
    {
      name: 'Finish',
      says: `It takes no new tasks, and ends when ${open === 0 ? 'its client has been told of everything' : `the ${plural(open, 'task')} of it that ${open === 1 ? 'has not ended is' : 'have not ended are'} over`}.`,
      run: () => backhaul.sessions.finishAndInvalidate(identifier),
    },
    {
      name: 'Cancel all',
      says: `It takes no new tasks, and ${open === 0 ? 'ends' : `${plural(open, 'task')} that ${open === 1 ? 'has' : 'have'} not ended ${open === 1 ? 'is' : 'are'} canceled; then it ends`}. Files that are there stay.`,
      isFinal: true,
      run: () => backhaul.sessions.invalidateAndCancel(identifier),
    },
  ]
  return (
    <Card title="Tasks" aside={<SessionPill state={state} />}>
      <StateBar counts={taskCounts} />
      <ul className="my-3 grid grid-cols-3 gap-2">
        {states.map((each) => (
          <li key={each}>
            <Link
              href={`/tasks?session=${identifier}&state=${each}`}
              className="block rounded-lg p-1 hover:bg-(--track)"
            >
              <span className="block text-xl font-semibold tabular-nums">{count(taskCounts[each])}</span>
              <span className="text-(--quiet)">{each}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className="mb-3 text-(--quiet)">
        Created <Time at={createdAt} />. {wordFor<string>(stateSentences, state, '')}
      </p>
      {canWrite && state !== 'invalidated' ? <Actions actions={actions} on="this session" /> : null}
    </Card>
  )
}

const stateSentences: Record<Session['state'], string> = {
  active: 'It takes new tasks.',
  finishing: 'It takes no new tasks, and ends with the last one.',
  invalidated: 'It has ended. Its identifier can be used again.',
}

/** What its client knows, and when it is told of the rest. */
function Told({ session: { openWake, nextWake, heldEvents, undeliveredEvents, configuration } }: { session: Session }) {
  const { delegate } = configuration
  return (
    <Card title="What its client is told">
      <Facts
        facts={[
          [
            'Goes to',
            'endpointId' in delegate ? (
              <Link key="link" href={`/webhooks/${delegate.endpointId}`} className="font-mono underline">
                {delegate.endpointId}
              </Link>
            ) : (
              'nobody: its client reads the events'
            ),
          ],
          [
            'Open wake',
            openWake ? (
              <Link key="link" href={`/wakes/${openWake.id}`} className="underline">
                {plural(openWake.eventCount, 'event')}, to be completed <Time at={openWake.deadline} />
              </Link>
            ) : (
              'none'
            ),
          ],
          [
            'Next wake',
            nextWake?.at ? (
              <span key="next">
                {nextWakeSentence(nextWake)} <Time at={nextWake.at} />
              </span>
            ) : (
              nextWakeSentence(nextWake)
            ),
          ],
          ['Held events', heldEvents === 0 ? 'none' : `${count(heldEvents)}, for the next wake`],
          ['Not acknowledged', undeliveredEvents === 0 ? 'none' : plural(undeliveredEvents, 'event')],
        ]}
      />
    </Card>
  )
}
