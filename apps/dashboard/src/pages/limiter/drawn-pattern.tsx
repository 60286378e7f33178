import { type PointerEvent, useRef, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { fieldStyle } from '../../parts/fields.tsx'
import { OneOf } from '../../parts/one-of.tsx'
import {
  byKey,
  changed,
  type DrawnStep,
  mostDrawn,
  readSpan,
  type Span,
  settled,
  spans,
} from '../../rules/drawn-pattern.ts'
import { duration, plural } from '../../rules/format.ts'
import { useSearchFilters } from '../../search-filters.ts'

interface Options {
  steps: readonly DrawnStep[]
  change(steps: readonly DrawnStep[]): void
}

/** A time line on which tasks are put: by mouse, by keyboard, or in the fields below it. */
export function DrawnPattern({ steps, change }: Options) {
  const [search, set] = useSearchFilters()
  const span = readSpan(search)
  const isFull = steps.length >= mostDrawn
  const add = (at: number) =>
    change([...steps, settled({ at, tasks: 1, transferSeconds: steps.at(-1)?.transferSeconds ?? 11 })])
  const afterLast = Math.max(0, ...steps.map(({ at }) => at)) + Number(span) / 10
  return (
    <div className="mb-4">
      <TimeLine steps={steps} spanSeconds={Number(span)} change={change} add={isFull ? null : add} />
      <p className="my-2 text-xs text-(--quiet)">
        Click the line to add a task, drag a mark to move it. By keyboard: ← → move it, ↑ ↓ change its tasks, Delete
        takes it away; with Shift ten times as far.
      </p>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <Button onClick={() => add(steps.length === 0 ? 0 : afterLast)} disabled={isFull}>
          Add tasks
        </Button>
        <OneOf<Span>
          name="Length of the line"
          value={span}
          options={(Object.keys(spans) as Span[]).map((each) => [each, spans[each]])}
          choose={(value) => set('span', value)}
        />
      </div>
      {steps.length === 0 ? <p className="text-(--quiet)">No task yet.</p> : <Fields steps={steps} change={change} />}
    </div>
  )
}

interface LineOptions extends Options {
  spanSeconds: number
  add: ((at: number) => void) | null
}

function TimeLine({ steps, spanSeconds, change, add }: LineOptions) {
  const line = useRef<HTMLDivElement>(null)
  /** While a mark is dragged: the address holds where it was let go. */
  const [dragged, drag] = useState<{ index: number; at: number } | null>(null)
  const shown = dragged === null ? steps : changed(steps, dragged.index, dragged)
  const timeAt = ({ clientX }: { clientX: number }) => {
    const { left, width } = line.current!.getBoundingClientRect()
    return Math.round(Math.min(1, Math.max(0, (clientX - left) / width)) * spanSeconds)
  }
  const drop = () => {
    if (dragged !== null && shown[dragged.index]!.at !== steps[dragged.index]?.at) change(shown)
    drag(null)
  }
  return (
    <div className="px-4">
      {/* What a click does here, the button below does too. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div
        ref={line}
        data-time-line
        onClick={(event) => {
          if (event.target === event.currentTarget) add?.(timeAt(event))
        }}
        onPointerMove={(event) => {
          if (dragged !== null) drag({ ...dragged, at: timeAt(event) })
        }}
        onPointerUp={drop}
        onPointerCancel={() => drag(null)}
        className="relative h-14 cursor-copy touch-none border-b-2 border-(--line) bg-[repeating-linear-gradient(to_right,var(--line)_0_1px,transparent_1px_10%)]"
      >
        {shown.map((step, index) => (
          <Mark
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is what stands at its place
            key={index}
            step={step}
            spanSeconds={spanSeconds}
            grab={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId)
              drag({ index, at: step.at })
            }}
            change={(next) =>
              change(next.length === 0 ? steps.filter((_, n) => n !== index) : changed(steps, index, next[0]!))
            }
          />
        ))}
      </div>
      <p aria-hidden className="mt-1 flex justify-between text-xs text-(--quiet)">
        <span>0</span>
        <span>{duration(spanSeconds)}</span>
      </p>
    </div>
  )
}

interface MarkOptions {
  step: DrawnStep
  spanSeconds: number
  grab(event: PointerEvent): void
  change(next: DrawnStep[]): void
}

function Mark({ step, spanSeconds, grab, change }: MarkOptions) {
  const { at, tasks, transferSeconds } = step
  return (
    <span
      role="slider"
      tabIndex={0}
      aria-label="Tasks on the time line"
      aria-valuemin={0}
      aria-valuemax={spanSeconds}
      aria-valuenow={Math.min(at, spanSeconds)}
      aria-valuetext={`${plural(tasks, 'task')} after ${duration(at)}, each takes ${duration(transferSeconds)}`}
      onPointerDown={grab}
      onKeyDown={(event) => {
        const next = byKey(step, event.key, event.shiftKey, spanSeconds)
        if (next === null) return
        event.preventDefault()
        change(next)
      }}
      style={{ left: `${Math.min(1, at / spanSeconds) * 100}%` }}
      className="absolute top-2 flex h-12 -translate-x-1/2 cursor-ew-resize flex-col items-center"
    >
      <span className="pointer-events-none min-w-6 rounded-full bg-blue-700 px-1.5 text-center text-xs leading-6 font-medium text-white tabular-nums">
        {tasks}
      </span>
      <span className="pointer-events-none w-0.5 grow bg-blue-700" />
    </span>
  )
}

const fields = [
  ['at', 'After (s)'],
  ['tasks', 'Tasks'],
  ['transferSeconds', 'Each takes (s)'],
] as const

function Fields({ steps, change }: Options) {
  return (
    <ol className="max-w-xl space-y-1">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is what stands at its place
        <li key={index} className="grid grid-cols-[1fr_1fr_1fr_auto] items-end gap-2">
          {fields.map(([name, words]) => (
            <label key={name} className="block min-w-0 text-xs text-(--quiet)">
              {words}
              <input
                type="number"
                min={name === 'tasks' ? 1 : 0}
                value={step[name]}
                onChange={({ target }) => change(changed(steps, index, { [name]: target.valueAsNumber }))}
                className={`w-full text-sm text-(--text) ${fieldStyle}`}
              />
            </label>
          ))}
          <Button
            aria-label={`Take away the tasks after ${duration(step.at)}`}
            onClick={() => change(steps.filter((_, n) => n !== index))}
          >
            ×
          </Button>
        </li>
      ))}
    </ol>
  )
}
