import { describe, expect, it } from 'vitest'
import { isEnded, taskTransitions } from '#core/tasks/rules/task.ts'
import { taskError } from '#core/tasks/rules/task-error.ts'
import type { WaitingReason } from '#core/tasks/rules/waiting-reason.ts'
import { type StepKind, stepKinds, stepOfTransition, type TaskStep } from '#core/timeline/rules/task-step.ts'
import { comparePlaces, type TimelineFacts, timelineOf } from '#core/timeline/rules/timeline.ts'
import { timelineKinds } from '#core/timeline/rules/timeline-entry.ts'
import { aTask } from '#support/builders/task.ts'
import { aTransaction } from '#support/builders/transaction.ts'
import type { Transaction } from '#transfer/http/rules/transaction.ts'

const created = aTask().createdAt
const moment = (seconds: number) => new Date(created.getTime() + seconds * 1000)
const text = (seconds: number) => moment(seconds).toISOString()

function facts(changes: Partial<TimelineFacts> = {}): TimelineFacts {
  const steps = changes.steps ?? []
  return {
    at: created,
    task: aTask({ readyAt: moment(3600) }),
    stepCount: steps.length,
    steps,
    events: [],
    deliveries: [],
    wakes: [],
    decisions: [],
    ...changes,
  }
}
const told = (changes: Partial<TimelineFacts>) => timelineOf(facts(changes)).entries.map(({ entry }) => entry)
const kinds = (changes: Partial<TimelineFacts>) => told(changes).map(({ kind }) => kind)

let number = 0
const step = (kind: StepKind, seconds: number, data: Record<string, unknown> = {}): TaskStep => ({
  number: ++number,
  at: moment(seconds),
  kind,
  data,
})
const request = (changes: Partial<Transaction>) =>
  aTransaction({ requestStart: text(2), countOfResponseBodyBytesReceived: 9, ...changes })

describe('the beginning of a task', () => {
  it('says that the limiter let it go at once, and why', () => {
    expect(told({})).toMatchObject([
      { at: text(0), kind: 'created', detail: expect.stringContaining('in the foreground as task 7') },
      { kind: 'admitted', detail: expect.stringContaining('in the foreground') },
    ])
    const task = aTask({ createdIn: 'background', readyAt: moment(1) })
    expect(told({ task })[1]).toMatchObject({ kind: 'admitted', detail: expect.stringContaining('no delay') })
  })

  it('says that the limiter held it back until when, and the delay behind it', () => {
    const task = aTask({
      createdIn: 'background',
      gatedUntil: moment(48),
      gateDelaySeconds: 60,
      readyAt: moment(48),
    })
    expect(told({ task })[1]).toEqual({
      at: text(0),
      kind: 'gated',
      until: text(48),
      detail: 'the wake limiter holds it back: the client was woken 12 s ago; the delay is 60 s',
    })
  })

  it('keeps the gate that the foreground has opened since', () => {
    const task = aTask({ createdIn: 'background', gatedUntil: null, readyAt: moment(60) })
    const steps = [step('released', 20, { gatedUntil: text(48), gateDelaySeconds: 60 })]
    expect(told({ task, steps })).toMatchObject([
      { kind: 'created' },
      { kind: 'gated', until: text(48), detail: expect.stringContaining('woken 12 s ago') },
      { at: text(20), kind: 'released' },
    ])
  })

  it('tells of the gate that a suspension took away, and of the one that resuming brought', () => {
    const background = {
      createdIn: 'background',
      gatedUntil: moment(90),
      gateDelaySeconds: 60,
      readyAt: moment(90),
    } as const
    const suspended = step('suspended', 5, { gatedUntil: text(48), gateDelaySeconds: 60 })
    const resumed = step('resumed', 40, { gatedUntil: text(90), gateDelaySeconds: 60, readyAt: text(90) })
    expect(told({ task: aTask(background), steps: [suspended, resumed] })).toMatchObject([
      { kind: 'created' },
      { kind: 'gated', until: text(48) },
      { kind: 'suspended', detail: expect.stringContaining('anew') },
      { kind: 'resumed', until: text(90), detail: expect.stringContaining('the client was woken 10 s ago') },
    ])
    const paused = [step('suspended', 5), step('resumed', 40, { gatedUntil: text(90), gateDelaySeconds: 60 })]
    expect(told({ task: aTask(background), steps: paused })[1]).toMatchObject({ kind: 'admitted' })
  })

  it('says until when it asked to be held, and that it was created suspended', () => {
    const task = aTask({ earliestBeginDate: moment(90), readyAt: moment(90), resumedAt: null, state: 'suspended' })
    expect(told({ task })).toMatchObject([
      { kind: 'created', detail: expect.stringContaining('suspended') },
      { kind: 'held', until: text(90) },
    ])
  })

  it('says when its time has come, though nobody has chosen it yet', () => {
    const task = aTask({ readyAt: moment(5) })
    expect(kinds({ task, at: moment(4) })).not.toContain('due')
    expect(told({ task, at: moment(5) }).at(-1)).toMatchObject({ at: text(5), kind: 'due' })
    const chosen = [step('dispatched', 6, { readyAt: text(5) }), step('leaseLost', 14, { state: 'dispatched' })]
    expect(kinds({ task, at: moment(20), steps: chosen }).slice(2)).toEqual(['due', 'dispatched', 'leaseLost'])
  })
})

describe('steps', () => {
  const cases: [StepKind, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
    ['suspended', {}, {}, /client suspended/],
    ['resumed', { readyAt: text(70) }, { until: text(70) }, /client resumed/],
    ['resumed', { readyAt: text(10) }, {}, /client resumed/],
    ['released', { gatedUntil: text(70) }, {}, /foreground/],
    [
      'changed',
      { fields: ['url', 'priority'], calledOff: true },
      {},
      /changed url, priority; the attempt .* called off/,
    ],
    ['changed', { fields: ['metadata'], calledOff: false }, {}, /changed metadata$/],
    ['putOff', { readyAt: text(70) }, { until: text(70) }, /preferred hours/],
    ['dispatched', { readyAt: text(7.5) }, {}, /2\.5 s after its time had come/],
    ['began', { attempt: 2, workerId: 'wrk_a' }, { attempt: 2, workerId: 'wrk_a' }, /attempt 2 began/],
    ['sealed', { bytes: 9 }, { bytes: 9 }, /all bytes are stored/],
    ['handedBack', { readyAt: text(10) }, {}, /its worker stopped/],
    ['handedBack', { readyAt: text(15) }, { until: text(15) }, /the service itself/],
    ['leaseLost', { state: 'dispatched', workerId: null }, {}, /no worker took it up/],
    ['leaseLost', { state: 'running', workerId: 'wrk_a' }, { workerId: 'wrk_a' }, /no sign of life/],
    ['fileKept', {}, {}, /for good/],
    ['fileMoved', { key: 'a/b' }, { key: 'a/b' }, /moved/],
    ['fileRenewed', { leaseExpiresAt: text(99) }, { until: text(99) }, /renewed/],
    ['fileReleased', {}, {}, /let the file go/],
  ]
  it.each(cases)('%s %j', (kind, data, fields, detail) => {
    const entry = told({ steps: [step(kind, 10, data)] }).find((each) => each.kind === kind)
    expect(entry).toEqual({ at: text(10), kind, ...fields, detail: expect.stringMatching(detail) })
  })

  it.each([
    ['retryAfter', /30 s later, as the origin asked with Retry-After/],
    ['backoff', /30 s later, by exponential back-off/],
    [undefined, /30 s later, by exponential back-off/],
    ['startOver', /from the first byte/],
  ])('a failed attempt says when the next one comes and why then: %s', (because, detail) => {
    const data = { attempt: 3, error: 'badServerResponse', detail: 'the origin answered 503', status: 503, because }
    const [entry] = told({ steps: [step('attemptFailed', 10, { ...data, readyAt: text(40) })] }).slice(-1)
    const fields = { attempt: 3, error: 'badServerResponse', status: 503, until: text(40) }
    expect(entry).toMatchObject({ kind: 'attemptFailed', ...fields, detail: expect.stringMatching(detail) })
    expect(entry?.detail).toMatch(/^attempt 3 failed: the origin answered 503; /)
  })

  it('of one millisecond stay in the order in which they were written', () => {
    const steps = [step('began', 10), step('suspended', 10), step('resumed', 10), step('suspended', 10)]
    expect(kinds({ steps }).slice(2)).toEqual(['began', 'suspended', 'resumed', 'suspended'])
  })

  it('say every kind there is, and every transition is a step or an end', () => {
    for (const kind of stepKinds) expect(timelineKinds).toContain(kind)
    const covered = new Set(cases.map(([kind]) => kind).concat('attemptFailed'))
    expect([...covered].toSorted()).toEqual([...stepKinds].toSorted())
    const ends = Object.entries(taskTransitions).filter(([, { to }]) => isEnded(to))
    const without = Object.entries(stepOfTransition).filter(([, kind]) => kind === null)
    expect(without.map(([name]) => name)).toEqual(ends.map(([name]) => name))
  })

  it('that are no longer kept are counted', () => {
    const steps = [step('suspended', 1), step('resumed', 2)]
    expect(timelineOf(facts({ steps, stepCount: 2 })).omittedSteps).toBe(0)
    expect(timelineOf(facts({ steps, stepCount: 39 })).omittedSteps).toBe(37)
    expect(timelineOf(facts({ steps, stepCount: 1 })).omittedSteps).toBe(0)
  })
})

describe('what a delegate decides', () => {
  const asked = { askedAt: moment(1), expiresAt: moment(301), settledAt: moment(5), disposition: null }
  it.each([
    ['delayedRequest', 'settled', 'continueLoading', /decided: continueLoading$/],
    ['delayedRequest', 'timedOut', null, /it goes on as it is/],
    ['authenticationChallenge', 'timedOut', null, /it fails/],
    ['authenticationChallenge', 'withdrawn', null, /withdrawn/],
  ] as const)('%s, %s: is asked, with the time it has, and then settled', (kind, state, disposition, detail) => {
    expect(told({ decisions: [{ ...asked, kind, state, disposition }] }).slice(2)).toMatchObject([
      { at: text(1), kind: 'asked', until: text(301) },
      { at: text(5), kind: 'decided', detail: expect.stringMatching(detail) },
    ])
  })

  it('is only a question while it is open', () => {
    const open = { ...asked, kind: 'delayedRequest', state: 'open', settledAt: null } as const
    expect(kinds({ decisions: [open] }).slice(2)).toEqual(['asked'])
  })
})

it('what a task waits for at this moment comes last', () => {
  const waiting = {
    ...facts().task.waiting!,
    reasons: ['capacity', 'wakeLimiter'] as WaitingReason[],
    at: moment(9),
    workers: 1,
  }
  const task = aTask({ waiting, readyAt: moment(2), gatedUntil: moment(60) })
  expect(told({ task, at: moment(9) }).slice(-2)).toMatchObject([
    { at: text(9), kind: 'waiting', reason: 'wakeLimiter', until: text(60) },
    { at: text(9), kind: 'waiting', reason: 'capacity' },
  ])
})

describe('requests, the end and what was told of it', () => {
  it('a request is told with its response, and one that went on with its offset', () => {
    const transactions = [
      request({ status: 503, countOfResponseBodyBytesReceived: 0 }),
      request({ status: 206, resumedFrom: 5, requestStart: text(3) }),
      request({ status: 200, resumedFrom: 5, requestStart: text(4) }),
      request({ status: null, requestStart: text(5) }),
      request({ status: null, requestStart: null }),
    ]
    const task = aTask({ transactions, readyAt: moment(3600) })
    expect(told({ task }).slice(2)).toMatchObject([
      { at: text(2), kind: 'requested', status: 503, bytes: 0 },
      { at: text(3), kind: 'requested', status: 206, offset: 5 },
      { at: text(3), kind: 'resumedAtOffset', offset: 5 },
      { at: text(4), kind: 'requested', status: 200, offset: 5 },
      { at: text(5), kind: 'requested', detail: expect.stringContaining('without an answer') },
    ])
  })

  it('a range that was thrown away unread is no resume', () => {
    const transactions = [request({ status: 206, resumedFrom: 5, countOfResponseBodyBytesReceived: 0 })]
    expect(told({ task: aTask({ transactions, readyAt: moment(3600) }) }).map(({ kind }) => kind)).not.toContain(
      'resumedAtOffset',
    )
  })

  const file = {
    state: 'temporary',
    key: 'k',
    bytes: 9,
    checksums: { crc32: 'y/Q5Jg==' },
    leaseExpiresAt: null,
  } as const
  const error = taskError('badServerResponse', 'the origin answered 404', false)
  const canceled = taskError('cancelled', 'the delegate canceled the task', false)
  it.each([
    [
      'completed',
      { file, attempts: 1 },
      { bytes: 9, attempt: 1, detail: expect.stringContaining('the first attempt') },
    ],
    ['failed', { error, attempts: 2 }, { error: 'badServerResponse', attempt: 2, detail: 'the origin answered 404' }],
    ['canceled', { error: canceled }, { detail: 'the delegate canceled the task' }],
  ] as const)('%s', (state, changes, entry) => {
    const task = aTask({ state, endedAt: moment(9), ...changes })
    expect(told({ task }).at(-1)).toMatchObject({ at: text(9), kind: state, ...entry })
  })

  it('events, deliveries and wakes are told in their order', () => {
    const task = aTask({ state: 'completed', endedAt: moment(9), attempts: 1, file })
    const event = { id: 'evt_1', type: 'task.completed', at: moment(9) }
    const expired = { id: 'evt_2', type: 'file.expired', at: moment(90) }
    const delivery = { eventId: 'evt_1', attempts: 2, wakeId: 'wak_1' }
    const deliveries: TimelineFacts['deliveries'] = [
      { ...delivery, id: 'dlv_1', state: 'succeeded', endedAt: moment(11) },
      { ...delivery, id: 'dlv_2', state: 'failed', endedAt: moment(12) },
      { ...delivery, id: 'dlv_3', state: 'canceled', endedAt: moment(13) },
      { ...delivery, id: 'dlv_4', state: 'pending', endedAt: null },
    ]
    const wake = { delayAfterSeconds: 60, openedAt: moment(10), closedAt: moment(20) }
    const wakes: TimelineFacts['wakes'] = [
      { ...wake, id: 'wak_1', state: 'completed' },
      { ...wake, id: 'wak_2', state: 'expired', closedAt: moment(21) },
      { ...wake, id: 'wak_3', state: 'open', openedAt: moment(22), closedAt: null },
    ]
    const entries = told({ task, events: [event, expired], deliveries, wakes }).slice(2)
    expect(entries.map(({ kind }) => kind)).toEqual([
      'completed',
      'event',
      'wakeOpened',
      'wakeOpened',
      'delivered',
      'deliveryFailed',
      'deliveryCanceled',
      'wakeCompleted',
      'wakeExpired',
      'wakeOpened',
      'fileExpired',
    ])
    expect(entries[2]).toMatchObject({ wakeId: 'wak_1', detail: expect.stringContaining('rose to 60 s') })
    expect(entries[4]).toMatchObject({
      eventId: 'evt_1',
      eventType: 'task.completed',
      deliveryId: 'dlv_1',
      wakeId: 'wak_1',
    })
    expect(entries[4]?.detail).toBe('task.completed: the endpoint acknowledged it, 2 attempts')
  })

  it('every place is its own, so that a page goes on where the one before ended', () => {
    const steps = Array.from({ length: 100 }, (_, n) =>
      step(n % 2 === 0 ? 'dispatched' : 'leaseLost', 1, { readyAt: text(0) }),
    )
    const places = timelineOf(facts({ steps, at: moment(5), task: aTask() })).entries.map(({ place }) => place)
    expect(new Set(places.map(String)).size).toBe(places.length)
    for (const [n, place] of places.slice(1).entries()) expect(comparePlaces(places[n]!, place)).toBeLessThan(0)
  })
})
