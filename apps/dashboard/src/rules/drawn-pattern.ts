/** Tasks that are created together, at a moment of a time line. */
export interface DrawnStep {
  /** Seconds from the beginning. */
  at: number
  tasks: number
  transferSeconds: number
}

export const mostDrawn = 40
export const mostTasks = 1_000
const mostSeconds = 604_800
export const spans = { '600': '10 min', '3600': '1 h', '21600': '6 h', '86400': '1 d' } as const
export type Span = keyof typeof spans

export function readSpan(search: URLSearchParams): Span {
  const span = search.get('span') ?? ''
  return Object.hasOwn(spans, span) ? (span as Span) : '600'
}

const stepShape = /^(\d{1,6})x(\d{1,4})x(\d{1,6})$/
/** What there is to begin with: two tasks, and a third one behind them. */
const usual: readonly DrawnStep[] = [
  { at: 0, tasks: 2, transferSeconds: 11 },
  { at: 120, tasks: 1, transferSeconds: 11 },
]

/** `at x tasks x transferSeconds`, with commas between. What is no step is left out; null: what there is to begin with. */
export function readDrawn(text: string | null): readonly DrawnStep[] {
  if (text === null) return usual
  return text
    .split(',')
    .flatMap((each) => {
      const [, at, tasks, transferSeconds] = stepShape.exec(each) ?? []
      return at === undefined ? [] : [settled({ at: +at, tasks: +tasks!, transferSeconds: +transferSeconds! })]
    })
    .slice(0, mostDrawn)
}

export const drawnText = (steps: readonly DrawnStep[]) =>
  steps.map(({ at, tasks, transferSeconds }) => `${at}x${tasks}x${transferSeconds}`).join(',')

/** Whole seconds and tasks, within their bounds. */
export function settled({ at, tasks, transferSeconds }: DrawnStep): DrawnStep {
  const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value) || 0))
  return {
    at: within(at, 0, mostSeconds),
    tasks: within(tasks, 1, mostTasks),
    transferSeconds: within(transferSeconds, 0, mostSeconds),
  }
}

export function changed(steps: readonly DrawnStep[], index: number, some: Partial<DrawnStep>): DrawnStep[] {
  return steps.map((step, n) => (n === index ? settled({ ...step, ...some }) : step))
}

/** What a key does to a step that has the focus; null: nothing. `[]`: it is taken away. */
export function byKey(step: DrawnStep, key: string, isLarge: boolean, spanSeconds: number): DrawnStep[] | null {
  const seconds = (spanSeconds / 100) * (isLarge ? 10 : 1)
  const tasks = isLarge ? 10 : 1
  const moves: Partial<Record<string, Partial<DrawnStep>>> = {
    ArrowRight: { at: step.at + seconds },
    ArrowLeft: { at: step.at - seconds },
    ArrowUp: { tasks: step.tasks + tasks },
    ArrowDown: { tasks: step.tasks - tasks },
    Home: { at: 0 },
    End: { at: spanSeconds },
  }
  if (Object.hasOwn(moves, key)) return [settled({ ...step, ...moves[key] })]
  return key === 'Delete' || key === 'Backspace' ? [] : null
}
