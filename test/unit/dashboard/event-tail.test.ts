import type { StreamedEvent } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import {
  fits,
  readEventFilters,
  storedEntry,
  streamedEntry,
  type TailEntry,
  withNewer,
  withPage,
} from '#dashboard/rules/event-tail.ts'

const entry = (sequence: number | null, more: Partial<TailEntry> = {}): TailEntry => ({
  key: sequence === null ? 'note' : `evt_${sequence}`,
  type: 'task.completed',
  atMs: sequence ?? 0,
  session: 'a',
  task: 'tsk_1',
  data: {},
  sequence,
  ...more,
})
const keys = (entries: readonly TailEntry[]) => entries.map(({ key }) => key)

describe('the tail of events', () => {
  it('keeps the newest, however many come at once', () => {
    expect(keys(withNewer([entry(2), entry(1)], [entry(4), entry(3)], 3))).toEqual(['evt_4', 'evt_3', 'evt_2'])
    expect(keys(withNewer([entry(2)], [entry(5), entry(4), entry(3)], 2))).toEqual(['evt_5', 'evt_4'])
    // In a page that was read before it came by the stream.
    expect(keys(withNewer([entry(3), entry(2)], [entry(3)], 5))).toEqual(['evt_3', 'evt_2'])
  })

  it('tells an event once that came by the stream and in the page', () => {
    const came = [entry(4), entry(null, { atMs: 3.5 }), entry(3)]
    expect(keys(withPage(came, [entry(3), entry(2), entry(1)], 4))).toEqual(['evt_4', 'note', 'evt_3', 'evt_2'])
  })

  it('has what only happens under a key of its own, and leaves progress out', () => {
    const data = { taskId: 'tsk_1', sessionIdentifier: 'a', state: 'running' }
    const note = streamedEntry({ type: 'task.state', data, cursor: null } as StreamedEvent, 5, 7)
    expect(note).toMatchObject({ key: '7', atMs: 5, task: 'tsk_1', session: 'a', sequence: null })
    expect(streamedEntry({ type: 'task.progress', data, cursor: null } as unknown as StreamedEvent, 5, 8)).toBeNull()
  })

  it('knows the task of an event, or that there is none', () => {
    const event = { id: 'evt_1', type: 'x', timestamp: '2026-01-01T00:00:00.000Z', tenantSequence: 3, data: {} }
    const shown = (data: object) => storedEntry({ ...event, data } as never)
    expect([shown({ task: { id: 'tsk_1' } }).task, shown({ taskId: 'tsk_2' }).task, shown({}).task]).toEqual([
      'tsk_1',
      'tsk_2',
      null,
    ])
    expect(shown({}).session).toBeNull()
  })

  it('is narrowed by each filter, and by nothing that cannot be one', () => {
    const task = 'tsk_01h455vb4pex5vsknk084sn02q'
    const filters = readEventFilters(new URLSearchParams(`type=task.completed&session=a&task=${task}`))
    expect(filters).toEqual({ type: 'task.completed', session: 'a', task })
    expect(fits(entry(1, { task }), filters)).toBe(true)
    for (const other of [{ type: 'task.state' }, { session: 'b' }, { session: null }, { task: null }])
      expect(fits(entry(1, { task, ...other }), filters)).toBe(false)
    expect(readEventFilters(new URLSearchParams('type=<b>&session=a%20b&task=1&before=evt_'))).toEqual({})
  })
})
