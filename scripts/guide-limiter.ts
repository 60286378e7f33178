import { simulateChain, simulateLimiter } from '#core/wakes/rules/limiter-simulation.ts'
import { defaultLimiterPolicy as policy } from '#core/wakes/rules/wake-limiter.ts'
import { withGenerated } from './generated-part.ts'

const day = 86_400_000
const task = { transferMs: 11_000, earliestBeginAt: null, suspended: false }

/** What a client does again and again, and the delays in seconds after its wakes. */
export const behaviours = [
  { what: 'one task of 11 s, the next one created 5 s after each wake', delays: chain(5_000, 0) },
  { what: 'one task of 11 s, the next one created 200 s after each wake', delays: chain(200_000, 0) },
  { what: 'one task a night, created with an `earliestBeginDate` a day ahead', delays: chain(5_000, day) },
] as const

function chain(thinkMs: number, aheadMs: number): number[] {
  return simulateChain(policy, { count: 11, thinkMs, transferMs: task.transferMs, aheadMs })
}

/** The delay in force from each moment on, in seconds: four tasks, each created 5 s after the wake before it, and then quiet. */
export function risingDelay(): { atSeconds: number; delaySeconds: number }[] {
  const next = (afterPreviousWake: number | null) =>
    ({ do: 'create', at: afterPreviousWake === null ? 0 : null, afterPreviousWake, tasks: 1, ...task }) as const
  // The last step only looks: long after the delay has fallen.
  const look = { do: 'background', at: day, afterPreviousWake: null, tasks: 0, ...task } as const
  const simulated = simulateLimiter(policy, [next(null), next(5_000), next(5_000), next(5_000), look])
  if ('impossible' in simulated) throw new Error('the pattern is not possible')
  const wakes = simulated.timeline.filter(({ what }) => what === 'wake')
  const last = wakes.at(-1)!
  return [
    { atSeconds: 0, delaySeconds: 0 },
    ...wakes.map(({ at, delaySeconds }) => ({ atSeconds: at / 1000, delaySeconds })),
    { atSeconds: last.at / 1000 + last.delaySeconds, delaySeconds: simulated.timeline.at(-1)!.delaySeconds },
  ]
}

/** The page of the limiter with the delays of three clients as its generated part. */
export function guideLimiter(old: string): string {
  const shown = (delays: readonly number[]) =>
    new Set(delays).size === 1 ? `${delays[0]}, ${delays[0]}, ${delays[0]}, …` : delays.join(', ')
  const rows = behaviours.map(({ what, delays }) => `| ${what} | ${shown(delays)} |`)
  const table = ['| What the client does | Delay after each wake, in seconds |', '|---|---|', ...rows].join('\n')
  return withGenerated(old, 'packages/core/src/wakes/rules/limiter-simulation.ts', table)
}
