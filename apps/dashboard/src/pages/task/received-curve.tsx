import { bytes } from '../../rules/format.ts'
import type { Scale } from '../../rules/stretched-scale.ts'

const height = 56

/** Bytes over time, on the axis of the bars above. */
export function ReceivedCurve({ points, scale }: { points: readonly { at: number; bytes: number }[]; scale: Scale }) {
  const most = Math.max(1, ...points.map((point) => point.bytes))
  const x = (at: number) => (scale.at(at) * 1000).toFixed(2)
  const y = (count: number) => (height - 2 - (count / most) * (height - 6)).toFixed(2)
  const [first, last] = [points[0]!, points.at(-1)!]
  const line = points.map(({ at, bytes: count }, n) => `${n === 0 ? 'M' : 'L'}${x(at)} ${y(count)}`).join('')
  return (
    <div className="relative">
      <svg viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none" aria-hidden className="block h-14 w-full">
        <path d={`${line}L1000 ${y(last.bytes)}V${height}H${x(first.at)}Z`} className="fill-(--accent) opacity-15" />
        <path
          d={`${line}L1000 ${y(last.bytes)}`}
          fill="none"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
          className="stroke-(--accent)"
        />
      </svg>
      <span className="absolute top-0 left-0 bg-(--card)/80 text-[11px] text-(--quiet) tabular-nums">
        {bytes(most)}
      </span>
    </div>
  )
}
