import { duration } from '../rules/format.ts'
import type { StepPoint } from '../rules/limiter-patterns.ts'
import { type ChartWake, ChartWakes } from './chart-wakes.tsx'
import { useWidth } from './use-width.ts'

interface Options {
  /** What the picture shows, for those who do not see it. */
  title: string
  points: readonly StepPoint[]
  wakes: readonly ChartWake[]
  endsAt: number
  highest: number
  /** Another curve, to compare with. */
  beside?: readonly StepPoint[]
  /** From there on the curve is what will be, unless something happens. */
  future?: { from: number; until: number | null }
  gate?: { from: number; to: number } | null
  /** Below the axis, at its beginning and at its end. */
  labels: readonly [string, string]
}

const height = 220
const room = { left: 62, right: 12, top: 14, bottom: 24 }
const bottomAt = height - room.bottom

/** The wake delay over time as steps: wakes, the gate, and when it is quiet again. */
export function DelayChart(options: Options) {
  const { title, points, wakes, endsAt, beside, future, gate, labels } = options
  const [element, width] = useWidth<SVGSVGElement>()
  const highest = Math.max(1, options.highest)
  const x = (at: number) => room.left + (Math.max(0, at) / Math.max(1, endsAt)) * (width - room.left - room.right)
  const y = (delay: number) => bottomAt - (delay / highest) * (bottomAt - room.top)
  const path = (steps: readonly StepPoint[], until: number) =>
    `${steps.map(({ at, delay }, n) => (n === 0 ? `M${x(at)} ${y(delay)}` : `H${x(at)}V${y(delay)}`)).join('')}H${x(until)}`
  const last = points.at(-1)?.delay ?? 0
  const label = 'fill-(--quiet) text-[11px]'
  const shownUntil = future?.from ?? endsAt
  return (
    <svg
      ref={element}
      width="100%"
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role={wakes.some(({ link }) => link) ? 'group' : 'img'}
      aria-label={title}
    >
      {(options.highest === 0 ? [0] : [0, 0.5, 1]).map((share) => (
        <g key={share}>
          <line
            x1={room.left}
            x2={width - room.right}
            y1={y(highest * share)}
            y2={y(highest * share)}
            className="stroke-(--line)"
          />
          <text x={room.left - 8} y={y(highest * share) + 4} textAnchor="end" className={label}>
            {duration(highest * share)}
          </text>
        </g>
      ))}
      {gate ? (
        <rect
          x={x(gate.from)}
          y={room.top}
          width={Math.max(2, x(gate.to) - x(gate.from))}
          height={bottomAt - room.top}
          className="fill-amber-500 opacity-15"
        />
      ) : null}
      <path
        d={`${path(points, shownUntil)}V${y(0)}H${x(points[0]?.at ?? 0)}Z`}
        className="fill-(--accent) opacity-10"
      />
      {beside ? (
        <path
          d={path(beside, endsAt)}
          fill="none"
          strokeWidth={1.5}
          strokeDasharray="5 4"
          className="stroke-(--quiet)"
        />
      ) : null}
      <path d={path(points, shownUntil)} fill="none" strokeWidth={2} className="stroke-(--accent)" />
      {future ? (
        <>
          <path
            d={`M${x(future.from)} ${y(last)}${future.until === null ? `H${x(endsAt)}` : `H${x(future.until)}V${y(0)}H${x(endsAt)}`}`}
            fill="none"
            strokeWidth={2}
            strokeDasharray="3 4"
            className="stroke-(--accent)"
          />
          <line x1={x(future.from)} x2={x(future.from)} y1={room.top - 6} y2={bottomAt} className="stroke-(--quiet)" />
        </>
      ) : null}
      <ChartWakes wakes={wakes} x={x} top={room.top} bottom={bottomAt} />
      <text x={room.left} y={height - 6} className={label}>
        {labels[0]}
      </text>
      <text x={width - room.right} y={height - 6} textAnchor="end" className={label}>
        {labels[1]}
      </text>
    </svg>
  )
}

/** What the marks of the picture mean. */
export function ChartKey({ parts }: { parts: readonly (keyof typeof keys)[] }) {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-(--quiet)">
      {parts.map((part) => (
        <li key={part} className="flex items-center gap-1.5">
          <span aria-hidden className={keys[part].mark} />
          {keys[part].words}
        </li>
      ))}
    </ul>
  )
}

const keys = {
  delay: { words: 'delay', mark: 'w-4 border-t-2 border-(--accent)' },
  now: { words: 'now', mark: 'h-3 border-l border-(--quiet)' },
  future: { words: 'unless something happens', mark: 'w-4 border-t-2 border-dashed border-(--accent)' },
  beside: { words: 'all at once, to compare', mark: 'w-4 border-t-2 border-dashed border-(--quiet)' },
  wake: { words: 'a wake', mark: 'size-2 rounded-full bg-amber-600 dark:bg-amber-400' },
  gate: { words: 'the gate: what begins in the background waits', mark: 'size-3 bg-amber-500/30' },
} as const
