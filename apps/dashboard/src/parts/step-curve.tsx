import { duration } from '../rules/format.ts'
import type { DelayCurve } from '../rules/limiter-patterns.ts'

const size = { width: 640, height: 220, left: 70, right: 10, top: 10, bottom: 26 }

/** The wake delay over time as steps, with a dotted line for every wake. */
export function StepCurve({ curve: { points, wakes, lastAt, highest } }: { curve: DelayCurve }) {
  const { width, height, left, right, top, bottom } = size
  // With room behind the last step, or nobody would see where it leads.
  const endsAt = lastAt * 1.08
  const x = (at: number) => left + (at / Math.max(1, endsAt)) * (width - left - right)
  const y = (delay: number) => height - bottom - (delay / Math.max(1, highest)) * (height - top - bottom)
  const steps = points.map(
    ({ at, delay }, n) => `${n === 0 ? 'M' : 'H'}${x(at)}${n === 0 ? ` ${y(delay)}` : `V${y(delay)}`}`,
  )
  const label = 'fill-(--quiet) text-[11px]'
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" className="w-full max-w-4xl">
      <title>{`The delay over ${duration(lastAt)}: at most ${duration(highest)}, with ${wakes.length} wakes`}</title>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line
            x1={left}
            x2={width - right}
            y1={y(highest * share)}
            y2={y(highest * share)}
            className="stroke-(--line)"
          />
          <text x={left - 8} y={y(highest * share) + 4} textAnchor="end" className={label}>
            {duration(highest * share)}
          </text>
        </g>
      ))}
      {wakes.map((at) => (
        <line
          key={at}
          x1={x(at)}
          x2={x(at)}
          y1={top}
          y2={height - bottom}
          strokeDasharray="2 4"
          className="stroke-amber-600"
        />
      ))}
      <path d={`${steps.join('')}H${x(endsAt)}`} fill="none" strokeWidth={2} className="stroke-(--accent)" />
      <text x={left} y={height - 8} className={label}>
        0
      </text>
      <text x={width - right} y={height - 8} textAnchor="end" className={label}>
        {duration(endsAt)}
      </text>
    </svg>
  )
}
