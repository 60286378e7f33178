import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Card, Figure } from '../parts/card.tsx'
import { Failure } from '../parts/failure.tsx'
import { Page } from '../parts/page.tsx'
import { StepCurve } from '../parts/step-curve.tsx'
import { Time } from '../parts/time.tsx'
import { count, duration, plural } from '../rules/format.ts'
import { delayCurve, type PatternName, type PatternOptions, patternSteps, patterns } from '../rules/limiter-patterns.ts'
import { backhaul } from '../service.ts'

export default function LimiterPage() {
  const limiter = useQuery({ queryKey: ['live', 'limiter'], queryFn: ({ signal }) => backhaul.limiter.get({ signal }) })
  const now = limiter.data
  return (
    <Page title="Wake limiter" asked={[limiter]}>
      {now ? (
        <>
          <div className="mb-4 grid grid-cols-2 gap-4 xl:grid-cols-4">
            <Figure name="Delay" value={duration(now.delaySeconds)} note={`you are in the ${now.state}`} />
            <Figure
              name="Gate"
              value={now.gateUntil ? <Time at={now.gateUntil} /> : 'open'}
              note={`${plural(now.gatedTasks, 'task')} held back`}
            />
            <Figure
              name="Quiet"
              value={now.quietUntil ? <Time at={now.quietUntil} /> : '–'}
              note="then the delay is 0 again"
            />
            <Figure
              name="Wakes"
              value={count(now.wakesLastHour)}
              note={
                now.lastWakeAt ? (
                  <>
                    the last <Time at={now.lastWakeAt} />
                  </>
                ) : (
                  'in the last hour'
                )
              }
            />
          </div>
          {now.advice.map((advice) => (
            <p key={advice} className="mb-4 rounded-lg bg-(--track) px-3 py-2">
              {advice}
            </p>
          ))}
        </>
      ) : null}
      <Simulator />
    </Page>
  )
}

/** The service's own rule, in virtual time. */
function Simulator() {
  const [options, setOptions] = useState<PatternOptions>({
    name: 'chain',
    tasks: 8,
    thinkSeconds: 5,
    transferSeconds: 11,
  })
  const set = (some: Partial<PatternOptions>) => setOptions((old) => ({ ...old, ...some }))
  const simulation = useQuery({
    queryKey: ['simulation', options],
    queryFn: ({ signal }) => backhaul.limiter.simulate({ pattern: patternSteps(options) }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const curve = simulation.data?.timeline ? delayCurve(simulation.data.timeline) : null
  return (
    <Card title="What would it do?">
      <div className="mb-4 flex flex-wrap items-end gap-4">
        <label className="block min-w-0 max-w-full">
          <span className="mb-1 block text-(--quiet)">Tasks come</span>
          <select
            value={options.name}
            onChange={(event) => set({ name: event.target.value as PatternName })}
            className="w-full rounded-lg border border-(--line) bg-(--card) px-2 py-1"
          >
            {Object.entries(patterns).map(([name, { words }]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Amount name="Tasks" value={options.tasks} least={1} most={50} set={(tasks) => set({ tasks })} />
        {options.name === 'chain' ? (
          <Amount
            name="Seconds after a wake"
            value={options.thinkSeconds}
            least={0}
            most={86_400}
            set={(thinkSeconds) => set({ thinkSeconds })}
          />
        ) : null}
        <Amount
          name="Seconds each takes"
          value={options.transferSeconds}
          least={0}
          most={86_400}
          set={(transferSeconds) => set({ transferSeconds })}
        />
      </div>
      {simulation.error ? <Failure error={simulation.error} retry={simulation.refetch} /> : null}
      {curve ? (
        <>
          <StepCurve curve={curve} />
          <p className="mt-2">
            {plural(options.tasks, 'task')} in {duration(curve.lastAt)}, with {plural(curve.wakes.length, 'wake')}; the
            delay reaches {duration(curve.highest)}.
          </p>
        </>
      ) : null}
    </Card>
  )
}

interface AmountOptions {
  name: string
  value: number
  least: number
  most: number
  set(value: number): void
}

/** What is no number of that range is not taken. */
function Amount({ name, value, least, most, set }: AmountOptions) {
  return (
    <label className="block">
      <span className="mb-1 block text-(--quiet)">{name}</span>
      <input
        type="number"
        min={least}
        max={most}
        defaultValue={value}
        onChange={(event) => {
          if (event.target.validity.valid && event.target.value !== '') set(event.target.valueAsNumber)
        }}
        className="w-28 rounded-lg border border-(--line) bg-(--card) px-2 py-1"
      />
    </label>
  )
}
