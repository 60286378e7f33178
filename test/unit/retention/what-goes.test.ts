import { expect, it } from 'vitest'
import { type TaskEvent, whatGoes } from '#core/retention/rules/what-goes.ts'

const event = (taskId: string, id: string, changes: Partial<TaskEvent> = {}): TaskEvent => ({
  ...{ id, taskId, settled: true, old: true, locked: true },
  ...changes,
})

const rows: [string, TaskEvent[], { taskIds: string[]; eventIds: string[] }][] = [
  ['a task without events goes', [], { taskIds: ['a', 'b'], eventIds: [] }],
  [
    'a task goes with its old events',
    [event('a', '1'), event('a', '2')],
    { taskIds: ['a', 'b'], eventIds: ['1', '2'] },
  ],
  [
    'a young event that is told stays alone',
    [event('a', '1'), event('a', '2', { old: false })],
    { taskIds: ['a', 'b'], eventIds: ['1'] },
  ],
  [
    'an event that is still to be told keeps its task and the others of it',
    [event('a', '1'), event('a', '2', { settled: false }), event('b', '3')],
    { taskIds: ['b'], eventIds: ['3'] },
  ],
  [
    'an event that somebody is changing keeps its task',
    [event('a', '1', { locked: false }), event('b', '2', { locked: false, old: false })],
    { taskIds: [], eventIds: [] },
  ],
]

it.each(rows)('%s', (_, events, expected) => {
  expect(whatGoes(['a', 'b'], events)).toEqual(expected)
})
