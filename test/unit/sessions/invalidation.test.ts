import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ending, isSessionDone } from '#core/sessions/rules/session.ts'

const done: Ending = {
  state: 'finishing',
  hasUnendedTasks: false,
  wakeIsOpen: false,
  wakeIsOwed: false,
  canBeWoken: true,
  inForeground: false,
}

describe('a finishing session', () => {
  it.each<[string, Partial<Ending>, boolean]>([
    ['has ended when nothing is left', {}, true],
    ['has not ended while a task has not', { hasUnendedTasks: true }, false],
    ['waits for its wake to be closed', { wakeIsOpen: true }, false],
    ['waits for the wake it is owed', { wakeIsOwed: true }, false],
    ['owes nothing to a client in the foreground', { wakeIsOwed: true, inForeground: true }, true],
    ['owes nothing to a client that cannot be woken', { wakeIsOwed: true, canBeWoken: false }, true],
    [
      'lets an open wake end also when its client cannot be woken any more',
      { wakeIsOpen: true, canBeWoken: false },
      false,
    ],
  ])('%s', (_name, changes, expected) => {
    expect(isSessionDone({ ...done, ...changes })).toBe(expected)
  })

  it('alone can end, never with a task or an open wake', () => {
    const bool = fc.boolean()
    const ending = fc.record({
      state: fc.constantFrom('active' as const, 'finishing' as const, 'invalidated' as const),
      hasUnendedTasks: bool,
      wakeIsOpen: bool,
      wakeIsOwed: bool,
      canBeWoken: bool,
      inForeground: bool,
    })
    fc.assert(
      fc.property(ending, (given) => {
        if (isSessionDone(given))
          expect(given).toMatchObject({ state: 'finishing', hasUnendedTasks: false, wakeIsOpen: false })
      }),
    )
  })
})
