import { describe, expect, it } from 'vitest'
import { waitingReasons } from '#core/tasks/rules/waiting-reason.ts'
import { attention, type Seen } from '#dashboard/rules/attention.ts'

const now = Date.parse('2026-11-30T12:00:00Z')
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()
const none = Object.fromEntries(waitingReasons.map((reason) => [reason, 0])) as Seen['summary']['waitingFor']
const well: Seen = {
  summary: { waitingFor: none, heldSince: null },
  endpoints: [
    {
      id: 'whe_1',
      url: 'https://a.example/',
      description: null,
      state: 'enabled',
      disabledReason: null,
      failingSince: null,
    },
  ],
  limits: [
    { name: 'maximumStoredBytes', maximum: null, used: 5 },
    { name: 'maximumTasksWaiting', maximum: 10, used: 9 },
  ],
  stats: { sampledAt: ago(60), now: { at: ago(0), running: 1, waiting: 5 } },
}
const textsOf = (change: Partial<Seen>) => attention({ ...well, ...change }, now).map(({ text }) => text)

describe('what needs attention', () => {
  it('is nothing while all is well, also on a service that nobody has sampled yet', () => {
    expect(textsOf({})).toEqual([])
    expect(textsOf({ stats: { ...well.stats, sampledAt: null } })).toEqual([])
  })

  it('is that no worker looks at tasks that wait', () => {
    expect(textsOf({ stats: { ...well.stats, sampledAt: ago(300) } })).toEqual([
      'No worker has looked at the tasks for 5 min: nothing begins.',
    ])
    const idle = { at: ago(0), running: 0, waiting: 0 }
    expect(textsOf({ stats: { sampledAt: ago(300), now: idle } })).toEqual([])
  })

  it('is an endpoint that is disabled, or that nothing reaches', () => {
    const [endpoint] = well.endpoints
    expect(textsOf({ endpoints: [{ ...endpoint!, state: 'disabled', disabledReason: 'It answered 410.' }] })).toEqual([
      'The endpoint https://a.example/ is disabled, and its events wait. It answered 410.',
    ])
    const failing = [{ ...endpoint!, description: 'billing', failingSince: ago(7200) }]
    expect(attention({ ...well, endpoints: failing }, now)).toEqual([
      { text: 'Nothing has reached the endpoint billing for 2 h.', href: '/webhooks/whe_1' },
    ])
  })

  it('is a quota that is reached, not a limit of the moment', () => {
    const limits: Seen['limits'] = [
      { name: 'maximumStoredBytes', maximum: 1024, used: 2048 },
      { name: 'maximumTasksWaiting', maximum: 10, used: 10 },
      { name: 'maximumTasksInFlight', maximum: 4, used: 4 },
      { name: 'requestsPerMinute', maximum: 4, used: 4 },
    ]
    expect(textsOf({ limits })).toEqual([
      'No more bytes may be stored: 2.0 KiB of 1.0 KiB.',
      'No more tasks may wait: 10 of 10.',
    ])
  })

  it('is what tasks wait for in vain, and events that are held for long', () => {
    const waitingFor = { ...none, hostBackoff: 1, delegateDecision: 2 }
    expect(textsOf({ summary: { waitingFor, heldSince: ago(3601) } })).toEqual([
      '1 task waits for a host that asked for time or does not answer.',
      '2 tasks wait for an answer of your delegate.',
      'An event has been held for 1 h: its session is woken when it has drained, or when its time has come.',
    ])
    expect(textsOf({ summary: { waitingFor: none, heldSince: ago(3599) } })).toEqual([])
  })
})
