import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { PartState } from '#transfer/bytes/rules/part-plan.ts'
import {
  changeRuns,
  firstRun,
  furtherRun,
  isComplete,
  type RunEvent,
  type RunState,
  startRuns,
} from '#transfer/engine/rules/run-state.ts'

/** m: missing, u: underway, s: stored. */
const lettersOf = ({ parts }: RunState) => parts.map((part) => part[0]).join('')
const partsOf = (letters: string) =>
  [...letters].map((letter): PartState => ({ m: 'missing', u: 'underway', s: 'stored' })[letter] as PartState)

/** Of eight parts, the first run has all and the second has taken its rear half. */
const two: RunState = {
  parts: partsOf('uuuuuuuu'),
  active: [
    { id: 0, next: 1, end: 5 },
    { id: 1, next: 5, end: 8 },
  ],
  asked: [],
  isCutOff: false,
}
const asking: RunState = {
  parts: partsOf('uuuuuuuu'),
  active: [{ id: 0, next: 1, end: 5 }],
  asked: [{ id: 1, next: 5, end: 8, from: 0 }],
  isCutOff: false,
}

describe('the runs of a file', () => {
  it('begin with the first gap between what is stored', () => {
    const state = startRuns(6, [0, 3])
    expect(lettersOf(state)).toBe('smmsmm')
    expect(firstRun(state, 7)).toEqual({ id: 7, next: 1, end: 3, from: null })
  })

  it('take a gap, or the rear half of the one with most to do', () => {
    expect(furtherRun({ ...two, parts: partsOf('uumuuuuu') }, 2)).toMatchObject({ next: 2, end: 3, from: null })
    expect(furtherRun(two, 2)).toEqual({ id: 2, next: 3, end: 5, from: 0 })
    expect(furtherRun({ ...two, active: [{ id: 0, next: 7, end: 8 }] }, 2)).toBeNull()
  })

  test.each<[string, RunState, RunEvent, string, [number, number][]]>([
    [
      'asking shortens the one it takes from',
      { ...two, active: [{ id: 0, next: 1, end: 8 }] },
      { type: 'ask', run: { id: 1, next: 5, end: 8, from: 0 } },
      'uuuuuuuu',
      [[1, 5]],
    ],
    [
      'asking for a gap puts its parts under way',
      { ...two, parts: partsOf('usmm'), active: [{ id: 0, next: 0, end: 1 }] },
      { type: 'ask', run: { id: 1, next: 2, end: 4, from: null } },
      'usuu',
      [[0, 1]],
    ],
    ['a refused one goes back to the one it came from', asking, { type: 'refuse', id: 1 }, 'uuuuuuuu', [[1, 8]]],
    [
      'a refused one is missing when the one it came from has come to its end',
      { ...asking, active: [{ id: 0, next: 5, end: 5 }] },
      { type: 'refuse', id: 1 },
      'uuuuummm',
      [[5, 5]],
    ],
    [
      'a refused one is missing when the one it came from has been shortened again',
      { ...asking, active: [{ id: 0, next: 1, end: 3 }] },
      { type: 'refuse', id: 1 },
      'uuuuummm',
      [[1, 3]],
    ],
    [
      'a refused one is missing when the one it came from has broken',
      { ...asking, active: [] },
      { type: 'refuse', id: 1 },
      'uuuuummm',
      [],
    ],
    [
      'an answered one is active, as it was asked for',
      asking,
      { type: 'start', id: 1 },
      'uuuuuuuu',
      [
        [1, 5],
        [5, 8],
      ],
    ],
    [
      'one goes on with its next part',
      two,
      { type: 'advance', id: 1 },
      'uuuuuuuu',
      [
        [1, 5],
        [6, 8],
      ],
    ],
    ['one that is finished is gone', two, { type: 'finish', id: 1 }, 'uuuuuuuu', [[1, 5]]],
    [
      'one that breaks loses the part that was coming and those behind',
      two,
      { type: 'break', id: 0 },
      'ummmmuuu',
      [[5, 8]],
    ],
    [
      'with fewer connections the one with most to do ends behind its part',
      two,
      { type: 'shrink', allowed: 1 },
      'uummmuuu',
      [
        [1, 2],
        [5, 8],
      ],
    ],
    [
      'with enough connections nothing ends',
      two,
      { type: 'shrink', allowed: 2 },
      'uuuuuuuu',
      [
        [1, 5],
        [5, 8],
      ],
    ],
    ['a part is stored', { ...two, active: [] }, { type: 'store', index: 0 }, 'suuuuuuu', []],
    ['a part that storage loses is missing', { ...two, active: [] }, { type: 'lose', index: 0 }, 'muuuuuuu', []],
  ])('%s', (_, before, event, parts, active) => {
    const copy = structuredClone(before)
    const after = changeRuns(before, event)
    expect(lettersOf(after)).toBe(parts)
    expect(after.active.map(({ next, end }) => [next, end])).toEqual(active)
    expect(before).toEqual(copy)
  })

  test.each<[string, RunState, RunEvent, boolean]>([
    ['when the only connection breaks', { ...two, active: two.active.slice(0, 1) }, { type: 'break', id: 0 }, true],
    ['not when one of two breaks', two, { type: 'break', id: 0 }, false],
    ['when one is refused and there is no other', { ...asking, active: [] }, { type: 'refuse', id: 1 }, true],
    ['not when one is refused beside another', asking, { type: 'refuse', id: 1 }, false],
    [
      'not when the last one finishes',
      { ...two, active: [{ id: 0, next: 5, end: 5 }] },
      { type: 'finish', id: 0 },
      false,
    ],
    ['until one begins that was asked for before', { ...asking, isCutOff: true }, { type: 'start', id: 1 }, false],
    ['also when storage confirms a part', { ...two, active: [], isCutOff: true }, { type: 'store', index: 0 }, true],
  ])('are cut off %s', (_, before, event, isCutOff) => {
    expect(changeRuns(before, event).isCutOff).toBe(isCutOff)
  })

  it('fetch every part once at a time, and all in the end, whatever happens', () => {
    const chances = fc.array(fc.tuple(fc.nat(6), fc.nat()), { maxLength: 300 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), chances, (count, luck) => {
        let state = startRuns(count, [])
        let id = 0
        /** Handed to storage, and not confirmed. */
        const handed: number[] = []
        const change = (event: RunEvent) => {
          state = changeRuns(state, event)
        }
        const ask = () => {
          const run = furtherRun(state, id)
          if (!run) return
          id += 1
          change({ type: 'ask', run })
        }
        const advance = ({ id, next, end }: RunState['active'][number]) => {
          if (next >= end) return change({ type: 'finish', id })
          handed.push(next)
          change({ type: 'advance', id })
        }
        const confirm = (at: number, type: 'store' | 'lose') => {
          const [index] = handed.splice(at % Math.max(1, handed.length), 1)
          if (index !== undefined) change({ type, index })
        }
        const check = () => {
          const taken = [...state.active, ...state.asked].flatMap(({ next, end }) =>
            Array.from({ length: end - next }, (_, at) => next + at),
          )
          const underway = state.parts.flatMap((part, index) => (part === 'underway' ? [index] : []))
          expect([...taken, ...handed].toSorted((a, b) => a - b)).toEqual(underway)
        }
        for (const [what, which] of luck) {
          const active = state.active[which % Math.max(1, state.active.length)]
          const asked = state.asked[which % Math.max(1, state.asked.length)]
          if (what === 0) ask()
          else if (what === 1 && asked) change({ type: which % 2 === 0 ? 'start' : 'refuse', id: asked.id })
          else if (what <= 3 && active) advance(active)
          else if (what === 4 && active) change({ type: 'break', id: active.id })
          else if (what === 5) change({ type: 'shrink', allowed: 1 + (which % 3) })
          else confirm(which, which % 4 === 0 ? 'lose' : 'store')
          check()
        }
        for (let step = 0; step < 10 * count + 100 && !isComplete(state); step++) {
          for (const { id } of state.asked) change({ type: 'start', id })
          for (const run of state.active) advance(run)
          while (handed.length > 0) confirm(0, 'store')
          if (state.active.length === 0) ask()
          check()
        }
        expect(isComplete(state)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
