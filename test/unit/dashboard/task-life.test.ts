import { describe, expect, it } from 'vitest'
import type { Bar, LifeOf, Told } from '#dashboard/rules/life.ts'
import { receivedOver } from '#dashboard/rules/life-requests.ts'
import { lifeOf, sharesOf } from '#dashboard/rules/task-life.ts'

const start = Date.parse('2026-11-30T12:00:00.000Z')
const iso = (ms: number) => new Date(start + ms).toISOString()
const hour = 3_600_000

type Entry = Told['entries'][number]
const entry = (at: number, kind: Entry['kind'], more: Partial<Entry> = {}): Entry => ({
  at: iso(at),
  kind,
  detail: kind,
  ...more,
})
const task = (more: Partial<LifeOf> = {}): LifeOf => ({
  state: 'running',
  createdAt: iso(0),
  resumedAt: iso(0),
  endedAt: null,
  metrics: { transactions: [] },
  ...more,
})
const request = (from: number, more: object = {}) =>
  ({
    ...{ url: 'https://example.com/file', status: 200, protocol: 'http/1.1', remoteAddressClass: 'public' },
    ...{ domainLookupStart: iso(from), domainLookupEnd: iso(from + 2), connectStart: iso(from + 2) },
    ...{ secureConnectionStart: iso(from + 5), connectEnd: iso(from + 20), requestStart: iso(from + 20) },
    ...{ responseStart: iso(from + 60), responseEnd: iso(from + 1060) },
    ...{ countOfResponseBodyBytesReceived: 1000, resumedFrom: null },
    ...more,
  }) as LifeOf['metrics']['transactions'][number]

/** Each bar as `phase reason from-to`, lane by lane. */
function drawn(of: LifeOf, entries: Entry[], nowMs: number, omittedSteps = 0) {
  const { lanes } = lifeOf(of, { entries, omittedSteps }, start + nowMs)
  const said = ({ phase, reason, from, to, isOpen, isPlanned }: Bar) =>
    [phase, reason, `${from - start}-${to - start}`, isOpen && 'open', isPlanned && 'planned'].filter(Boolean).join(' ')
  return Object.fromEntries(lanes.map(({ name, bars }) => [name, bars.map(said)]))
}

describe("a task's life", () => {
  it('is hours of waiting, then milliseconds of each phase, then storing and telling', () => {
    const entries = [
      entry(0, 'created'),
      entry(0, 'gated', { until: iso(2 * hour) }),
      entry(2 * hour, 'due'),
      entry(2 * hour + 30, 'dispatched'),
      entry(2 * hour + 40, 'began', { attempt: 1 }),
      entry(2 * hour + 2000, 'sealed'),
      entry(2 * hour + 2100, 'completed'),
      entry(2 * hour + 2100, 'event', { eventId: 'evt_1', eventType: 'task.completed' }),
      entry(2 * hour + 2200, 'wakeOpened', { wakeId: 'wak_1' }),
      entry(2 * hour + 2300, 'delivered', { eventId: 'evt_1' }),
      entry(2 * hour + 2400, 'wakeCompleted', { wakeId: 'wak_1' }),
    ]
    const ended = task({
      state: 'completed',
      endedAt: iso(2 * hour + 2100),
      metrics: { transactions: [request(2 * hour + 40)] },
    })
    const t = 2 * hour
    expect(drawn(ended, entries, 3 * hour)).toEqual({
      Waiting: [`wait wakeLimiter 0-${t}`, `wait ${t}-${t + 30}`],
      Attempts: [`taken ${t + 30}-${t + 40}`, `attempt ${t + 40}-${t + 2000}`, `storing ${t + 2000}-${t + 2100}`],
      Connection: [
        `lookup ${t + 40}-${t + 42}`,
        `connect ${t + 42}-${t + 45}`,
        `tls ${t + 45}-${t + 60}`,
        `firstByte ${t + 60}-${t + 100}`,
        `body ${t + 100}-${t + 1100}`,
      ],
      Deliveries: [`delivery ${t + 2100}-${t + 2300}`],
      Wakes: [`wake ${t + 2200}-${t + 2400}`],
    })
  })

  it('without any entry waits from its creation until now', () => {
    expect(drawn(task(), [], 500)).toEqual({ Waiting: ['wait 0-500 open'] })
    expect(drawn(task({ resumedAt: null }), [], 500)).toEqual({ Waiting: ['suspended 0-500 open'] })
    expect(drawn(task({ state: 'canceled', endedAt: iso(0) }), [], 500)).toEqual({})
  })

  it('is drawn from entries of one and the same millisecond', () => {
    const kinds = ['created', 'admitted', 'due', 'dispatched', 'began', 'sealed', 'completed'] as const
    const ended = task({ state: 'completed', endedAt: iso(0) })
    const { from, to, lanes } = lifeOf(ended, { entries: kinds.map((kind) => entry(0, kind)), omittedSteps: 0 }, start)
    expect([from, to]).toEqual([start, start])
    expect(lanes.map(({ name, bars, marks }) => [name, bars.length, marks.length])).toEqual([['Attempts', 0, 1]])
  })

  it('that runs goes on until now, and what holds one that waits reaches into the future', () => {
    const began = [entry(0, 'created'), entry(10, 'dispatched'), entry(20, 'began', { attempt: 1 })]
    const running = task({ metrics: { transactions: [request(20, { responseEnd: null })] } })
    const { Connection, Attempts } = drawn(running, began, 5_000)
    expect(Attempts!.at(-1)).toBe('attempt 20-5000 open')
    expect(Connection!.at(-1)).toBe('body 80-5000 open')
    const waits = [
      entry(0, 'created'),
      entry(0, 'held', { until: iso(hour) }),
      entry(1000, 'waiting', { reason: 'earliestBeginDate', until: iso(hour) }),
    ]
    expect(drawn(task({ state: 'waiting' }), waits, 1000).Waiting).toEqual([
      'wait earliestBeginDate 0-1000 open',
      `wait earliestBeginDate 1000-${hour} planned`,
    ])
  })

  it('tells attempts that failed, were suspended, lost or called off from the one that went well', () => {
    const entries = [
      entry(0, 'created'),
      ...[entry(10, 'dispatched'), entry(10, 'began', { attempt: 1 })],
      entry(100, 'attemptFailed', { attempt: 1, until: iso(200) }),
      ...[entry(200, 'due'), entry(210, 'dispatched'), entry(210, 'began', { attempt: 2 })],
      ...[entry(300, 'suspended'), entry(400, 'resumed')],
      ...[entry(410, 'dispatched'), entry(410, 'began', { attempt: 2 })],
      entry(500, 'leaseLost'),
      ...[entry(510, 'dispatched'), entry(510, 'began', { attempt: 2 })],
      ...[entry(600, 'changed'), entry(650, 'dispatched'), entry(650, 'began', { attempt: 2 })],
      entry(700, 'sealed'),
      entry(710, 'completed'),
    ]
    const { Waiting, Attempts } = drawn(task({ state: 'completed', endedAt: iso(710) }), entries, 1000)
    expect(Waiting).toEqual([
      ...[
        'wait 0-10',
        'wait retryBackoff 100-200',
        'wait 200-210',
        'suspended 300-400',
        'wait 400-410',
        'wait 500-510',
        'wait 600-650',
      ],
    ])
    expect(Attempts).toEqual([
      ...['interrupted 10-100', 'interrupted 210-300', 'interrupted 410-500', 'interrupted 510-600'],
      ...['attempt 650-700', 'storing 700-710'],
    ])
  })

  it('waits for the delegate from the question to the answer', () => {
    const entries = [
      entry(0, 'created'),
      entry(50, 'asked', { until: iso(hour) }),
      entry(90, 'decided'),
      entry(95, 'dispatched'),
    ]
    expect(drawn(task(), entries, 95).Waiting).toEqual(['wait 0-50', 'wait delegateDecision 50-90', 'wait 90-95'])
  })

  it('has a gap where steps were not kept', () => {
    const rounds = Array.from({ length: 30 }, (_, n) => [
      entry(n * 100, 'dispatched'),
      entry(n * 100 + 10, 'leaseLost'),
    ]).flat()
    const { Waiting } = drawn(task(), [entry(0, 'created'), ...rounds], 4000, 1000)
    expect(Waiting!.filter((bar) => bar.startsWith('unknown'))).toEqual(['unknown 2410-2500'])
  })

  it('does not turn round when the clocks of its workers disagree', () => {
    const entries = [entry(0, 'created'), entry(50, 'dispatched'), entry(40, 'began'), entry(30, 'sealed')]
    const { lanes } = lifeOf(task(), { entries, omittedSteps: 0 }, start + 20)
    for (const { from, to } of lanes.flatMap(({ bars }) => bars)) expect(to).toBeGreaterThanOrEqual(from)
  })
})

describe('the requests of a task', () => {
  it('beside each other have a lane each, and one that goes on behind another shows where that broke off', () => {
    const beside = [request(0), request(10, { resumedFrom: 5000 }), request(2000, { resumedFrom: 6000 })]
    const { lanes } = lifeOf(task({ metrics: { transactions: beside } }), { entries: [], omittedSteps: 0 }, start)
    const connections = lanes.filter(({ name }) => name.startsWith('Connection'))
    expect(connections.map(({ bars }) => bars.filter(({ phase }) => phase === 'body').length)).toEqual([2, 1])
    const [first] = lifeOf(
      task({ metrics: { transactions: [request(0), request(3000, { resumedFrom: 1000, status: 206 })] } }),
      { entries: [], omittedSteps: 0 },
      start,
    ).lanes.filter(({ name }) => name === 'Connection')
    expect(first!.marks.map(({ at, kind }) => [at - start, kind])).toEqual([
      [1060, 'interruption'],
      [3060, 'resumption'],
    ])
  })

  it('that came to nothing are as long as they took, and their steps that never came are left out', () => {
    const nothing = { secureConnectionStart: null, connectEnd: null, requestStart: null, responseStart: null }
    const failed = request(0, { ...nothing, status: null, responseEnd: iso(900), countOfResponseBodyBytesReceived: 0 })
    expect(drawn(task({ metrics: { transactions: [failed] } }), [], 1000).Connection).toEqual([
      'lookup 0-2',
      'connect 2-900',
    ])
  })

  it('add up to the bytes over time', () => {
    const transactions = [request(0), request(500)]
    expect(
      receivedOver(task({ metrics: { transactions } }), start).map(({ at, bytes }) => [at - start, bytes]),
    ).toEqual([
      ...[
        [60, 0],
        [560, 500],
      ],
      ...[
        [1060, 1500],
        [1560, 2000],
      ],
    ])
    expect(receivedOver(task(), start)).toEqual([])
  })
})

describe('how long the phases took', () => {
  it('counts connections beside each other once', () => {
    const of = task({ metrics: { transactions: [request(0), request(500)] } })
    const shares = sharesOf(lifeOf(of, { entries: [], omittedSteps: 0 }, start + 5000))
    expect(shares.find(({ phase }) => phase === 'body')!.ms).toBe(1500)
    expect(shares.find(({ phase }) => phase === 'lookup')!.ms).toBe(4)
  })
})
