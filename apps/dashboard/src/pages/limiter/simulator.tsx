import type { Limiter } from '@backhaul/sdk'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { Card } from '../../parts/card.tsx'
import { ChartKey, DelayChart } from '../../parts/delay-chart.tsx'
import { Failure } from '../../parts/failure.tsx'
import { OneOf } from '../../parts/one-of.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { drawnText, mostTasks } from '../../rules/drawn-pattern.ts'
import { count, duration, plural } from '../../rules/format.ts'
import {
  type DelayCurve,
  delayCurve,
  type PatternName,
  type PatternOptions,
  patternAdvice,
  patternSteps,
  patterns,
  readPattern,
} from '../../rules/limiter-patterns.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { backhaul } from '../../service.ts'
import { Amounts } from './amounts.tsx'
import { DrawnPattern } from './drawn-pattern.tsx'

const names = Object.keys(patterns) as PatternName[]

/** The service's own rule, in virtual time: one pattern drawn, and all of them compared. `policy`: what it was simulated by. */
export function Simulator({ policy }: Pick<Limiter, 'policy'>) {
  const [search, set] = useSearchFilters()
  const options = readPattern(search)
  // As many tasks in all of them, or they could not be compared.
  const drawnTasks = options.drawn.reduce((sum, { tasks }) => sum + tasks, 0)
  const tasks = options.name === 'drawn' ? Math.max(1, drawnTasks) : options.tasks
  const compared = names.filter((name) => name !== 'drawn' || options.name === 'drawn')
  const simulations = useQueries({
    queries: compared.map((name) => {
      const pattern = patternSteps({ ...options, name, tasks: Math.min(tasks, mostTasks) })
      return {
        queryKey: ['simulation', policy, pattern],
        queryFn: ({ signal }: { signal: AbortSignal }) => backhaul.limiter.simulate({ pattern }, { signal }),
        placeholderData: keepPreviousData,
        staleTime: Number.POSITIVE_INFINITY,
      }
    }),
  })
  const curves = new Map(
    simulations.flatMap(({ data }, n) => (data?.timeline ? [[compared[n]!, delayCurve(data.timeline)] as const] : [])),
  )
  const failed = simulations.find(({ error }) => error)
  const choose = (name: PatternName) => set('pattern', name)
  return (
    <Card
      title="What would it do?"
      aside={
        <OneOf<PatternName>
          name="Pattern"
          value={options.name}
          options={names.map((name) => [name, patterns[name].name])}
          choose={choose}
        />
      }
    >
      <p className="mb-3">{patterns[options.name].words}.</p>
      {options.name === 'drawn' ? (
        <DrawnPattern
          steps={options.drawn}
          change={(steps) => set('drawn', steps.length === 0 ? ',' : drawnText(steps))}
        />
      ) : (
        <Amounts options={options} set={set} />
      )}
      {failed ? <Failure error={failed.error} retry={failed.refetch} /> : null}
      <Result options={options} curves={curves} tasks={tasks} />
      <Compared curves={curves} chosen={options.name} choose={choose} />
    </Card>
  )
}

interface ResultOptions {
  options: PatternOptions
  curves: ReadonlyMap<PatternName, DelayCurve>
  tasks: number
}

function Result({ options: { name }, curves, tasks }: ResultOptions) {
  const [curve, batch] = [curves.get(name), curves.get('batch')]
  if (!curve) return null
  const said = `${plural(tasks, 'task')} in ${duration(curve.lastAt)}, with ${plural(curve.wakes.length, 'wake')}; the delay reaches ${duration(curve.highest)}.`
  // With room behind the last step, or nobody would see where it leads.
  const endsAt = Math.max(1, curve.lastAt) * 1.08
  return (
    <>
      <DelayChart
        title={said}
        points={curve.points}
        wakes={curve.wakes.map((at) => ({ at }))}
        endsAt={endsAt}
        highest={Math.max(curve.highest, batch?.highest ?? 0)}
        {...(batch && name !== 'batch' ? { beside: batch.points.filter(({ at }) => at <= endsAt) } : {})}
        labels={['0', duration(endsAt)]}
      />
      <ChartKey parts={['delay', 'wake', ...(name === 'batch' ? [] : (['beside'] as const))]} />
      <p className="mt-2">{said}</p>
      {batch && name !== 'batch'
        ? patternAdvice(curve, batch).map((advice) => (
            <p key={advice} className="mt-1 text-(--quiet)">
              {advice}
            </p>
          ))
        : null}
    </>
  )
}

interface ComparedOptions {
  curves: ReadonlyMap<PatternName, DelayCurve>
  chosen: PatternName
  choose(name: PatternName): void
}

function Compared({ curves, chosen, choose }: ComparedOptions) {
  const columns: Column<[PatternName, DelayCurve]>[] = [
    {
      name: 'Pattern',
      cell: ([name]) => (
        <button
          type="button"
          aria-pressed={name === chosen}
          onClick={() => choose(name)}
          className={`cursor-pointer text-left underline ${name === chosen ? 'font-semibold' : ''}`}
        >
          {patterns[name].name}
        </button>
      ),
    },
    { name: 'Wakes', className: 'w-16 text-right', cell: ([, { wakes }]) => count(wakes.length) },
    { name: 'Highest delay', className: 'w-20 text-right sm:w-28', cell: ([, { highest }]) => duration(highest) },
    { name: 'Ends after', className: 'w-20 text-right sm:w-28', cell: ([, { lastAt }]) => duration(lastAt) },
  ]
  return (
    <div className="mt-4 max-w-2xl">
      <h3 className="mb-1 font-medium">The same tasks, handed over in other ways</h3>
      <Table columns={columns} rows={[...curves]} keyOf={([name]) => name} empty="" />
    </div>
  )
}
