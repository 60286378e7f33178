import type { Stats } from '@backhaul/sdk'
import { bytes, count, plural, rate } from '../rules/format.ts'
import { type Range, ranges, sumOf, throughput, ticksOf, wordsOf } from '../rules/throughput.ts'
import { Card } from './card.tsx'
import { OneOf } from './one-of.tsx'

interface Options {
  stats: Stats
  range: Range
  choose(range: Range): void
}

/** What was received in the last hour, day or week. */
export function History({ stats, range, choose }: Options) {
  return (
    <Card
      title="Received"
      aside={
        <OneOf<Range>
          name="Range"
          value={range}
          options={(Object.keys(ranges) as Range[]).map((each) => [each, wordsOf(each)])}
          choose={choose}
        />
      }
    >
      <Curve stats={stats} range={range} />
      <p className="mt-2 text-(--quiet)">
        {bytes(sumOf(stats, 'bytesReceived'))} and {plural(sumOf(stats, 'tasksCompleted'), 'file')} in the last{' '}
        {wordsOf(range)}; {count(sumOf(stats, 'tasksFailed'))} failed, {count(sumOf(stats, 'tasksCanceled'))} canceled
      </p>
    </Card>
  )
}

const size = { width: 640, height: 190, left: 76, right: 8, top: 8, bottom: 24 }

function Curve({ stats, range }: { stats: Stats; range: Range }) {
  const { width, height, left, right, top, bottom } = size
  const rates = throughput(stats)
  const most = Math.max(...rates, 1)
  const x = (n: number) => left + (n / Math.max(1, rates.length - 1)) * (width - left - right)
  const y = (value: number) => height - bottom - (value / most) * (height - top - bottom)
  const line = rates.map((value, n) => `${n === 0 ? 'M' : 'L'}${x(n)} ${y(value)}`).join('')
  const isIdle = rates.every((value) => value === 0)
  const label = 'fill-(--quiet) text-[11px]'
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" className="w-full">
      <title>{isIdle ? 'Nothing was received' : `At most ${rate(most)}, at last ${rate(rates.at(-1) ?? 0)}`}</title>
      {(isIdle ? [0] : [0, 0.5, 1]).map((part) => (
        <g key={part}>
          <line x1={left} x2={width - right} y1={y(most * part)} y2={y(most * part)} className="stroke-(--line)" />
          <text x={left - 8} y={y(most * part) + 4} textAnchor="end" className={label}>
            {rate(isIdle ? 0 : most * part)}
          </text>
        </g>
      ))}
      {ticksOf(stats, range).map(({ step, words }) => (
        <g key={step}>
          <line x1={x(step)} x2={x(step)} y1={top} y2={height - bottom} className="stroke-(--line)" />
          <text x={x(step)} y={height - 8} textAnchor="middle" className={label}>
            {words}
          </text>
        </g>
      ))}
      <path d={`${line}L${x(rates.length - 1)} ${y(0)}L${left} ${y(0)}Z`} className="fill-(--accent) opacity-15" />
      <path d={line} fill="none" strokeWidth={2} className="stroke-(--accent)" />
    </svg>
  )
}
