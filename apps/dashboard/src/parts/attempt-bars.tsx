import type { EndpointStats } from '@backhaul/sdk'
import { attemptBars, milliseconds, successRate } from '../rules/endpoint-health.ts'
import { plural } from '../rules/format.ts'

const [step, height] = [4, 24]
const most = 50

/** The last attempts, the newest at the right: as high as they took long, red where they failed. */
export function AttemptBars({ stats }: { stats: EndpointStats }) {
  const bars = attemptBars(stats.recent)
  const from = (most - bars.length) * step
  const failed = stats.attempts - stats.succeeded
  return (
    <svg viewBox={`0 0 ${most * step} ${height}`} role="img" className="h-6 w-full max-w-50" preserveAspectRatio="none">
      <title>
        {bars.length === 0
          ? 'No attempt yet'
          : `The last ${plural(bars.length, 'attempt')}: ${failed} failed, at most ${milliseconds(Math.max(...stats.recent.map(({ durationMs }) => durationMs)))}`}
      </title>
      <line x1={0} x2={most * step} y1={height - 0.5} y2={height - 0.5} className="stroke-(--line)" />
      {bars.map((bar, n) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          key={n}
          x={from + n * step}
          y={height - bar.height * height}
          width={step - 1}
          height={bar.height * height}
          className={bar.succeeded ? 'fill-emerald-600 dark:fill-emerald-500' : 'fill-red-600 dark:fill-red-500'}
        />
      ))}
    </svg>
  )
}

/** `98 % of 50`. */
export function SuccessRate({ stats }: { stats: EndpointStats }) {
  const rate = successRate(stats)
  if (rate === null) return <span className="text-(--quiet)">no attempt yet</span>
  return (
    <>
      {rate} <span className="text-(--quiet)">of {stats.attempts}</span>
    </>
  )
}
