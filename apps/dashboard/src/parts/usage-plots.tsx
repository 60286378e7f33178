import type { UsagePoint } from '@backhaul/sdk'
import { measures, pointTime, type UsageStep } from '../rules/usage-view.ts'
import { Bars, Legend } from './bars.tsx'
import { Card } from './card.tsx'

/** What was used in each hour or day, one plot for each kind. */
export function UsagePlots({ points, step }: { points: readonly UsagePoint[]; step: UsageStep }) {
  const times = points.map(({ at }) => pointTime(at, step))
  return (
    <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
      {measures.map(({ name, counters, say, whole }) => {
        const series = counters.map(({ of, words, colour }) => ({
          words,
          colour,
          values: points.map((point) => point[of]),
        }))
        const sum = series.reduce((all, { values }) => all + values.reduce((one, value) => one + value, 0), 0)
        return (
          <Card
            key={name}
            title={name}
            aside={say(whole === 'sum' ? sum : Math.round(sum / Math.max(1, points.length)))}
          >
            <Bars name={name} series={series} times={times} say={say} isBytes={counters[0]!.of.startsWith('bytes')} />
            {series.length > 1 ? <Legend series={series} /> : null}
          </Card>
        )
      })}
    </div>
  )
}
