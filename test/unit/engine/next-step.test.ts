import { describe, expect, test } from 'vitest'
import type { PartState } from '#transfer/bytes/rules/part-plan.ts'
import { type Means, type NextStep, nextStep } from '#transfer/engine/rules/next-step.ts'
import { type RunState, startRuns } from '#transfer/engine/rules/run-state.ts'

const runs = (parts: PartState[], changes: Partial<RunState> = {}): RunState => ({
  ...startRuns(parts.length, []),
  parts,
  ...changes,
})
const [m, u, s] = ['missing', 'underway', 'stored'] as const
const wait = { do: 'wait' } as const

describe('a download in ranges', () => {
  test.each<[string, RunState, Means, NextStep]>([
    ['ends when every part is stored', runs([s, s]), { allowed: 2, pending: 0 }, { do: 'end' }],
    [
      'ends when every part is stored, whatever became of the connections',
      runs([s, s], { isCutOff: true }),
      { allowed: 1, pending: 0 },
      { do: 'end' },
    ],
    [
      'opens a connection for a gap',
      runs([s, m, m]),
      { allowed: 1, pending: 0 },
      { do: 'open', run: { id: 7, next: 1, end: 3, from: null } },
    ],
    [
      'opens another for the rear half of the longest run',
      runs([u, u, u, u, u], { active: [{ id: 0, next: 0, end: 5 }] }),
      { allowed: 2, pending: 1 },
      { do: 'open', run: { id: 7, next: 3, end: 5, from: 0 } },
    ],
    [
      'waits when no more connections are allowed',
      runs([u, m, m], { active: [{ id: 0, next: 0, end: 1 }] }),
      { allowed: 1, pending: 1 },
      wait,
    ],
    [
      'counts a connection that is being opened',
      runs([u, m, m], { asked: [{ id: 0, next: 0, end: 1, from: null }] }),
      { allowed: 1, pending: 1 },
      wait,
    ],
    [
      'waits when nothing is left that is worth a connection',
      runs([s, u], { active: [{ id: 0, next: 1, end: 2 }] }),
      { allowed: 6, pending: 1 },
      wait,
    ],
    ['waits for parts that storage has not confirmed', runs([s, u]), { allowed: 6, pending: 1 }, wait],
    [
      'opens nothing once it is cut off, but waits for what is under way',
      runs([s, m], { isCutOff: true }),
      { allowed: 6, pending: 1 },
      wait,
    ],
    [
      'is given up when it is cut off and nothing is under way',
      runs([s, m], { isCutOff: true }),
      { allowed: 6, pending: 0 },
      { do: 'giveUp' },
    ],
  ])('%s', (_, state, means, step) => {
    expect(nextStep(state, 7, means)).toEqual(step)
  })
})
