import { roundTop, stacks } from '../rules/plot.ts'

interface Series {
  words: string
  colour: string
  values: readonly number[]
}

interface Options {
  name: string
  series: readonly Series[]
  /** What each point is called. */
  times: readonly string[]
  say(value: number): string
  isBytes?: boolean
  /** In the units of its letters, which are 11 high. */
  width?: number
  height?: number
}

const size = { left: 62, right: 6, top: 8, bottom: 20 }

/** Values over time as bars, one on another. Each bar says its values when it is pointed at. */
export function Bars({ name, series, times, say, isBytes = false, width = 420, height = 130 }: Options) {
  const { left, right, top, bottom } = size
  const parts = stacks(series.map(({ values }) => values))
  const sums = times.map((_, n) => series.reduce((sum, { values }) => sum + values[n]!, 0))
  const most = Math.max(...sums, 0)
  const end = roundTop(most, isBytes)
  const step = (width - left - right) / Math.max(1, times.length)
  const y = (value: number) => height - bottom - (value / end) * (height - top - bottom)
  const label = 'fill-(--quiet) text-[11px]'
  const at = most === 0 ? null : sums.lastIndexOf(most)
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" className="w-full">
      <title>{at === null ? `${name}: nothing` : `${name}: at most ${say(most)} (${times[at]})`}</title>
      {(most === 0 ? [0] : [0, 0.5, 1]).map((share) => (
        <g key={share}>
          <line x1={left} x2={width - right} y1={y(end * share)} y2={y(end * share)} className="stroke-(--line)" />
          <text x={left - 6} y={y(end * share) + 4} textAnchor="end" className={label}>
            {say(end * share)}
          </text>
        </g>
      ))}
      {times.map((time, n) => (
        <g key={time}>
          {series.map(({ words, colour }, s) => {
            const { from, to } = parts[s]![n]!
            return to > from ? (
              <rect
                key={words}
                x={left + n * step}
                width={Math.max(0.5, step * 0.86)}
                y={y(to)}
                height={Math.max(0.75, y(from) - y(to))}
                fill={colour}
              />
            ) : null
          })}
          {sums[n]! > 0 ? (
            <rect x={left + n * step} width={step} y={top} height={height - top - bottom} fill="transparent">
              <title>{tip(time, series, n, say)}</title>
            </rect>
          ) : null}
        </g>
      ))}
      <text x={left} y={height - 5} className={label}>
        {times[0]}
      </text>
      <text x={width - right} y={height - 5} textAnchor="end" className={label}>
        {times.at(-1)}
      </text>
    </svg>
  )
}

function tip(time: string, series: readonly Series[], n: number, say: Options['say']): string {
  const told = series.filter(({ values }) => values[n]! > 0).map(({ words, values }) => `${words}: ${say(values[n]!)}`)
  return `${time}\n${told.join('\n')}`
}

export function Legend({ series }: { series: readonly Pick<Series, 'words' | 'colour'>[] }) {
  return (
    <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-(--quiet)">
      {series.map(({ words, colour }) => (
        <li key={words} className="flex min-w-0 items-center gap-1.5">
          <span aria-hidden className="h-2 w-2 shrink-0 rounded-full" style={{ background: colour }} />
          <span className="truncate">{words}</span>
        </li>
      ))}
    </ul>
  )
}
