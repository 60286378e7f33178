import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Figure } from '../../parts/card.tsx'
import { Page } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { count, duration, plural } from '../../rules/format.ts'
import { backhaul } from '../../service.ts'
import { LimiterHistoryCard } from './history.tsx'
import { Simulator } from './simulator.tsx'

export default function LimiterPage() {
  const limiter = useQuery({
    queryKey: ['live', 'limiter'],
    queryFn: ({ signal }) => backhaul.limiter.get({ signal }),
    // The delay falls by time alone, too.
    refetchInterval: 15_000,
  })
  const now = limiter.data
  return (
    <Page
      title="Wake limiter"
      asked={[limiter]}
      aside={
        <Link href="/wakes" className="underline">
          All wakes
        </Link>
      }
    >
      {now ? (
        <>
          <div className="mb-4 grid grid-cols-2 gap-4 xl:grid-cols-4">
            <Figure name="Delay" value={duration(now.delaySeconds)} note={`you are in the ${now.state}`} />
            <Figure
              name="Gate"
              value={now.gateUntil ? <Time at={now.gateUntil} /> : 'open'}
              note={
                now.gatedTasks > 0 ? (
                  <Link href="/tasks?waitingFor=wakeLimiter" className="underline">
                    {plural(now.gatedTasks, 'task')} held back
                  </Link>
                ) : (
                  'no task held back'
                )
              }
            />
            <Figure
              name="Quiet"
              value={now.quietUntil ? <Time at={now.quietUntil} /> : '–'}
              note={
                now.gatedTasks > 0
                  ? 'not before the tasks held back have ended'
                  : now.quietUntil
                    ? 'then the delay is 0 again'
                    : 'nothing is delayed'
              }
            />
            <Figure
              name="Wakes in the last hour"
              value={count(now.wakesLastHour)}
              note={
                now.lastWakeAt ? (
                  <>
                    the last <Time at={now.lastWakeAt} />
                  </>
                ) : (
                  'there was none yet'
                )
              }
            />
          </div>
          {now.advice.map((advice) => (
            <p key={advice} className="mb-4 rounded-lg bg-(--track) px-3 py-2">
              {advice}
            </p>
          ))}
          <p className="mb-4 text-(--quiet)">
            {now.policy.baseSeconds === 0
              ? 'The limiter is switched off: no wake delays anything.'
              : `The first wake delays what begins next in the background by ${duration(now.policy.baseSeconds)}, each further one ${now.policy.factor} times as long, ${duration(now.policy.capSeconds)} at most.`}
          </p>
          <div className="grid items-start gap-4">
            <LimiterHistoryCard limiter={now} />
            <Simulator policy={now.policy} />
          </div>
        </>
      ) : null}
    </Page>
  )
}
