import { describe, expect, it } from 'vitest'
import { decisionEvents } from '#core/decisions/rules/decision.ts'
import { envelope, eventTypeNames, eventTypesWith, traitsOf } from '#core/events/rules/event.ts'

const event = {
  id: 'evt_01jd8zc7v9f1yb5v6m3k2x4w8q',
  createdAt: new Date('2026-11-22T12:00:00.123Z'),
  sequence: 12,
  tenantSequence: 340,
  position: 9,
  sessionIdentifier: 'nightly-mirror',
  data: { task: { id: 'tsk_1' } },
  wakeId: 'wak_1',
}

describe('an envelope', () => {
  it('is the one of the contract', () => {
    expect(envelope({ ...event, type: 'task.completed' })).toEqual({
      id: event.id,
      type: 'task.completed',
      timestamp: '2026-11-22T12:00:00.123Z',
      sequence: 12,
      tenantSequence: 340,
      position: 9,
      sessionIdentifier: 'nightly-mirror',
      data: { task: { id: 'tsk_1' }, wakeId: 'wak_1' },
    })
  })

  it('names no wake before there is one', () => {
    expect(envelope({ ...event, type: 'task.completed', wakeId: null }).data).toEqual({
      task: { id: 'tsk_1' },
      wakeId: null,
    })
  })

  it.each(eventTypeNames)('of %s has the completion token only if it is the wake', (type) => {
    const { data } = envelope({ ...event, type }, 'the-token')
    expect('completionToken' in data).toBe(type === 'session.wake')
    expect(JSON.stringify(data).includes('the-token')).toBe(type === 'session.wake')
  })

  it('of a wake has no token in the feed, which gives none', () => {
    expect(envelope({ ...event, type: 'session.wake' }).data).not.toHaveProperty('completionToken')
  })

  it('leaves the event as it was', () => {
    const stored = { ...event, type: 'session.wake' as const, data: { eventCount: 1 } }
    envelope(stored, 'the-token')
    expect(stored.data).toEqual({ eventCount: 1 })
  })
})

describe('the table of event types', () => {
  it('lets an endpoint filter all but what frames a wake and what asks a question', () => {
    const unfiltered = eventTypesWith(({ filterable }) => !filterable)
    const frames = ['session.wake', 'session.events_finished', 'wake.expired']
    expect(unfiltered.toSorted()).toEqual([...frames, ...Object.values(decisionEvents)].toSorted())
    expect(eventTypesWith((traits) => traits.frames)).toEqual(frames)
  })

  it('wakes no client for a file that has expired', () => {
    expect(eventTypesWith(({ wakes }) => !wakes)).toEqual(['file.expired'])
  })

  it('knows nothing of a type that a newer version has written', () => {
    expect(traitsOf('task.teleported')).toBeNull()
  })
})
