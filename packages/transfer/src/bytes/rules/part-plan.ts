import { defaultSizes } from './part-size.ts'

/* A file of known length that is fetched in ranges: its parts lie on a grid, and every run takes some that follow each other. */

export interface PlannedPart {
  /** From 1, as storage counts. */
  number: number
  offset: number
  bytes: number
}

/** The parts of a file of `total` bytes. */
export function planParts(total: number, { partBytes } = defaultSizes): PlannedPart[] {
  const size = partBytes(total, 1)
  return Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, index) => ({
    number: index + 1,
    offset: index * size,
    bytes: Math.min(size, total - index * size),
  }))
}

/** The bytes of a run; `last` is absent when they go on to the end of the file. */
export function bytesOfRun(plan: readonly PlannedPart[], { next, end }: Run): { from: number; last?: number } {
  const { offset, bytes } = plan[end - 1]!
  return { from: plan[next]!.offset, ...(end < plan.length ? { last: offset + bytes - 1 } : {}) }
}

/** Parts from `next` to before `end` (indexes), being fetched by one request. */
export interface Run {
  /** The part whose bytes are coming. */
  next: number
  end: number
}

export type PartState = 'missing' | 'underway' | 'stored'

/** The first missing parts that follow each other; null when none is missing. */
export function firstGap(states: readonly PartState[]): Run | null {
  const next = states.indexOf('missing')
  if (next < 0) return null
  const behind = states.findIndex((state, index) => index > next && state !== 'missing')
  return { next, end: behind < 0 ? states.length : behind }
}

/**
 * The run for a further connection: the first gap, or else the rear half of the parts that the longest run has not begun. Null when
 * none is worth it: a request costs a round trip, and the bytes on their way to the run that is shortened are lost.
 */
export function nextRun(states: readonly PartState[], runs: readonly Run[]): { run: Run; from: Run | null } | null {
  const gap = firstGap(states)
  if (gap) return { run: gap, from: null }
  const longest = runs.toSorted((a, b) => left(b) - left(a))[0]
  if (!longest || left(longest) < 2) return null
  const middle = longest.end - Math.ceil((left(longest) - 1) / 2)
  return middle >= longest.end ? null : { run: { next: middle, end: longest.end }, from: longest }
}

function left({ next, end }: Run): number {
  return end - next
}

/** Whether a part that was stored earlier is one of the parts that a file of that length has today. */
export function isOnGrid(total: number, { number, offset, bytes }: PlannedPart, { partBytes } = defaultSizes): boolean {
  const size = partBytes(total, 1)
  return offset === (number - 1) * size && bytes === Math.min(size, total - offset) && bytes > 0
}
