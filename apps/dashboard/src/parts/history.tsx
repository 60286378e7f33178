import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { bytes, count, plural, rate } from '../rules/format.ts'
import { type Range, ranges, readRange, throughput } from '../rules/throughput.ts'
import { backhaul } from '../service.ts'
import { Card } from './card.tsx'
import { Failure } from './failure.tsx'

const everyMs = 30_000

/** What was received in the last hour, day or week. */
export function History() {
  const [search, setSearch] = useSearchParams()
  const range = readRange(search)
  const stats = useQuery({
    queryKey: ['stats', range],
    queryFn: ({ signal }) => backhaul.stats.get({ range }, { signal }),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  })
  const choose = (next: Range) =>
    setSearch((old) => new URLSearchParams([...old].filter(([name]) => name !== 'range').concat([['range', next]])), {
      replace: true,
    })
  const sum = (name: 'bytesReceived' | 'tasksCompleted' | 'tasksFailed') =>
    stats.data?.data.reduce((all, point) => all + point[name], 0) ?? 0
  return (
    <Card
      title="Received"
      aside={
        <span className="flex gap-3">
          {(Object.keys(ranges) as Range[]).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === range}
              onClick={() => choose(each)}
              className={`cursor-pointer ${each === range ? 'font-semibold text-(--text)' : 'underline'}`}
            >
              {ranges[each]}
            </button>
          ))}
        </span>
      }
    >
      {stats.error ? <Failure error={stats.error} retry={stats.refetch} /> : null}
      {stats.data ? (
        <>
          <Curve rates={throughput(stats.data)} />
          <p className="mt-2 text-(--quiet)">
            {bytes(sum('bytesReceived'))} and {plural(sum('tasksCompleted'), 'file')} in the last {ranges[range]};{' '}
            {count(sum('tasksFailed'))} failed
          </p>
        </>
      ) : null}
    </Card>
  )
}

const size = { width: 640, height: 140, left: 70, top: 8, bottom: 8 }

function Curve({ rates }: { rates: readonly number[] }) {
  const { width, height, left, top, bottom } = size
  const most = Math.max(...rates, 1)
  const x = (n: number) => left + (n / Math.max(1, rates.length - 1)) * (width - left)
  const y = (value: number) => height - bottom - (value / most) * (height - top - bottom)
  const line = rates.map((value, n) => `${n === 0 ? 'M' : 'L'}${x(n)} ${y(value)}`).join('')
  const isIdle = rates.every((value) => value === 0)
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" className="w-full max-w-4xl">
      <title>{isIdle ? 'Nothing was received' : `At most ${rate(most)}, at last ${rate(rates.at(-1) ?? 0)}`}</title>
      {(isIdle ? [0] : [0, 0.5, 1]).map((share) => (
        <g key={share}>
          <line x1={left} x2={width} y1={y(most * share)} y2={y(most * share)} className="stroke-(--line)" />
          <text x={left - 8} y={y(most * share) + 4} textAnchor="end" className="fill-(--quiet) text-[11px]">
            {rate(most * share)}
          </text>
        </g>
      ))}
      <path d={`${line}L${x(rates.length - 1)} ${y(0)}L${left} ${y(0)}Z`} className="fill-(--accent) opacity-15" />
      <path d={line} fill="none" strokeWidth={2} className="stroke-(--accent)" />
    </svg>
  )
}
