import type { Task } from '@backhaul/sdk'
import { expect, it } from 'vitest'
import { createWaitingNotes } from '#cli/get/waiting-notes.ts'

const now = Date.parse('2026-12-01T03:00:00Z')
const waiting = (reason: string, seconds?: number) =>
  ({
    id: 'tsk_1',
    state: 'waiting',
    latestStart: null,
    waitingFor: [
      {
        reason,
        detail: 'attempt 1 failed',
        ...(seconds !== undefined && { until: new Date(now + seconds * 1000).toISOString() }),
      },
    ],
  }) as unknown as Task
const notesOf = (...tasks: Task[]) => {
  const notes: string[] = []
  const hear = createWaitingNotes(
    (text) => notes.push(text),
    () => now,
  )
  for (const task of tasks) hear(task, 'a.bin')
  return notes
}

it('each reason is noted once, with how long it lasts', () => {
  const notes = notesOf(waiting('hostBackoff', 60), waiting('hostBackoff', 60), waiting('quota'))
  expect(notes).toHaveLength(2)
  expect(notes[0]).toMatch(/^a\.bin waits\. .*2026-12-01T03:01:00/)
  expect(notes[1]).toMatch(/^a\.bin waits\. A quota/)
})

it('a wait that is over before it is read is not noted, and a longer one for the same reason is', () => {
  expect(notesOf(waiting('retryBackoff', 1), waiting('retryBackoff', -1))).toEqual([])
  expect(notesOf(waiting('retryBackoff', 1), waiting('retryBackoff', 30))).toHaveLength(1)
})
