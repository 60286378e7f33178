import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { liveNotes, mayShowProgress } from '#core/events/rules/live-update.ts'
import { message, opening } from '#core/events/rules/sse-frames.ts'

const about = { tenantId: 'ten_1', sessionIdentifier: 'nightly', taskIds: ['tsk_1', 'tsk_2'] }

describe('what is announced of tasks', () => {
  it('becomes one note for each of them, without the tenant', () => {
    expect(liveNotes({ ...about, type: 'task.state', state: 'running' })).toEqual([
      { type: 'task.state', taskId: 'tsk_1', sessionIdentifier: 'nightly', state: 'running' },
      { type: 'task.state', taskId: 'tsk_2', sessionIdentifier: 'nightly', state: 'running' },
    ])
  })

  it('shows progress as the task itself does', () => {
    const [note] = liveNotes({
      ...about,
      type: 'task.progress',
      bytesReceived: 30,
      bytesExpected: 120,
      bytesPerSecond: 45,
    })
    expect(note).toEqual({
      type: 'task.progress',
      taskId: 'tsk_1',
      sessionIdentifier: 'nightly',
      progress: {
        countOfBytesReceived: 30,
        countOfBytesExpectedToReceive: 120,
        fractionCompleted: 0.25,
        bytesPerSecond: 45,
        estimatedSecondsRemaining: 2,
      },
    })
  })

  it('keeps an unknown size unknown', () => {
    const [note] = liveNotes({ ...about, type: 'task.resumed_at_offset', offset: 5, expectedTotalBytes: null })
    expect(note).toMatchObject({ offset: 5, expectedTotalBytes: null })
  })
})

describe('progress', () => {
  it('is never shown more than twice in any second, whenever it comes', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 })
    fc.assert(
      fc.property(arrivals, (times) => {
        const shown: number[] = []
        for (const at of times.toSorted((a, b) => a - b)) if (mayShowProgress(shown.at(-1), at)) shown.push(at)
        for (const [index, at] of shown.entries())
          expect(shown.slice(index).filter((other) => other < at + 1_000).length).toBeLessThanOrEqual(2)
        expect(shown.length > 0).toBe(times.length > 0)
      }),
    )
  })
})

describe('a message of the stream', () => {
  it('is one block of lines whatever is in its data, and can be read back', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const data = JSON.parse(text)
        const block = message({ id: 'NQ', event: 'task.completed', data })
        const lines = block.split(/\r\n|\r|\n/)
        expect(lines.slice(0, 2)).toEqual(['id: NQ', 'event: task.completed'])
        expect(lines.slice(3)).toEqual(['', ''])
        expect(JSON.parse(lines[2]!.slice('data: '.length))).toEqual(data)
      }),
    )
  })

  it('has no id when nothing is stored, so that the reader goes on behind the last one that has', () => {
    expect(message({ event: 'task.state', data: 1 })).toBe('event: task.state\ndata: 1\n\n')
  })

  it('is not the opening, which only carries the id', () => {
    expect(opening('NQ')).toBe(': connected\nretry: 2000\nid: NQ\n\n')
  })
})
