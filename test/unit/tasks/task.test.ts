import { describe, expect, it } from 'vitest'
import {
  inFlightStates,
  isEnded,
  publicState,
  publicTaskStates,
  storedStates,
  type TaskState,
  type TaskTransition,
  taskTransitions,
} from '#core/tasks/rules/task.ts'

const states: TaskState[] = [
  ...(['suspended', 'waiting', 'dispatched', 'running', 'completing'] as const),
  ...(['completed', 'failed', 'canceled'] as const),
]
const ended: TaskState[] = ['completed', 'failed', 'canceled']

/** Written from the product's promises: every pair that is not here is illegal. */
const legal: Record<TaskTransition, Partial<Record<TaskState, TaskState>>> = {
  resume: { suspended: 'waiting' },
  suspend: { waiting: 'suspended', dispatched: 'suspended', running: 'suspended', completing: 'suspended' },
  dispatch: { waiting: 'dispatched' },
  begin: { dispatched: 'running' },
  finalize: { running: 'completing' },
  giveBack: { dispatched: 'waiting', running: 'waiting', completing: 'waiting' },
  complete: { running: 'completed', completing: 'completed' },
  fail: { waiting: 'failed', dispatched: 'failed', running: 'failed', completing: 'failed' },
  cancel: {
    ...{ suspended: 'canceled', waiting: 'canceled', dispatched: 'canceled' },
    ...{ running: 'canceled', completing: 'canceled' },
  },
}
const names = Object.keys(taskTransitions) as TaskTransition[]
const pairs = names.flatMap((name) => states.map((from) => ({ name, from, to: legal[name][from] })))

function follow(name: TaskTransition, from: TaskState): TaskState | undefined {
  const transition: { from: readonly TaskState[]; to: TaskState } = taskTransitions[name]
  return transition.from.includes(from) ? transition.to : undefined
}

describe('task transitions', () => {
  it('are exactly the known ones', () => {
    expect(names.toSorted()).toEqual(Object.keys(legal).toSorted())
  })

  it.each(pairs.filter(({ to }) => to !== undefined))('$name takes a $from task to $to', ({ name, from, to }) => {
    expect(follow(name, from)).toBe(to)
  })

  it.each(pairs.filter(({ to }) => to === undefined))('$name is illegal for a $from task', ({ name, from }) => {
    expect(follow(name, from)).toBeUndefined()
  })

  it('never leave an ended state', () => {
    expect(states.filter(isEnded)).toEqual(ended)
    for (const name of names) for (const state of ended) expect(follow(name, state)).toBeUndefined()
  })

  it('leave every state that is not ended by a cancel', () => {
    for (const state of states.filter((state) => !isEnded(state))) expect(follow('cancel', state)).toBe('canceled')
  })

  it('count as in flight exactly what a worker may hold', () => {
    expect(inFlightStates).toEqual(['dispatched', 'running', 'completing'])
  })
})

describe('the public state', () => {
  it('exists for every stored one and belongs to it', () => {
    for (const state of states) {
      expect(publicTaskStates).toContain(publicState(state))
      expect(storedStates(publicState(state))).toContain(state)
    }
  })

  it('covers every stored state once', () => {
    expect(publicTaskStates.flatMap(storedStates).toSorted()).toEqual(states.toSorted())
    for (const state of publicTaskStates)
      for (const stored of storedStates(state)) expect(publicState(stored)).toBe(state)
  })

  it('shows claims as waiting and finalized transfers as running', () => {
    expect([publicState('dispatched'), publicState('completing')]).toEqual(['waiting', 'running'])
  })
})
