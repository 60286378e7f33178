import { describe, expect, it } from 'vitest'
import { delayCurve, patternSteps } from '#dashboard/rules/limiter-patterns.ts'
import { readFilters, unappliedFilters } from '#dashboard/rules/task-filters.ts'
import { readRange, sumOf, throughput, ticksOf } from '#dashboard/rules/throughput.ts'
import { heldBy, reasons } from '#dashboard/rules/waiting-reasons.ts'

describe('the filters of an address', () => {
  it('are taken when the service knows them', () => {
    const search = new URLSearchParams('state=failed&waitingFor=quota&host=example.com&cursor=x')
    expect(readFilters(search)).toEqual({ state: 'failed', waitingFor: 'quota', host: 'example.com' })
  })

  it.each(['', 'state=done', 'waitingFor=constructor', 'waitingFor=toString&host=', 'state=Failed'])(
    'are left out otherwise: %j',
    (search) => expect(readFilters(new URLSearchParams(search))).toEqual({}),
  )
})

describe('filters that can be none', () => {
  it.each([
    ['', []],
    ['state=failed&waitingFor=quota&host=a&session=a.b-c&metadata=a=1,b=2', []],
    ['state=gone&waitingFor=constructor&session=a/b', ['state', 'waitingFor', 'session']],
    ['metadata=foo', ['metadata']],
    ['metadata=a=1,b', ['metadata']],
    ['metadata=a=1,', []],
  ])('%s: %j', (address, unapplied) => expect(unappliedFilters(new URLSearchParams(address))).toEqual(unapplied))
})

describe('why tasks wait', () => {
  it('is shown from the most tasks down, without the reasons that hold none', () => {
    const none = Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0])) as Record<
      keyof typeof reasons,
      number
    >
    expect(heldBy({ ...none, quota: 2, wakeLimiter: 7 })).toEqual([
      { reason: 'wakeLimiter', tasks: 7 },
      { reason: 'quota', tasks: 2 },
    ])
  })
})

describe('the patterns of the simulator', () => {
  const options = { tasks: 3, thinkSeconds: 5, transferSeconds: 11, drawn: [] }

  it('are a chain, a batch, and one a night', () => {
    expect(patternSteps({ ...options, name: 'batch' })).toEqual([
      { do: 'create', at: 0, tasks: 3, transferSeconds: 11 },
    ])
    expect(patternSteps({ ...options, name: 'chain' })).toEqual([
      { do: 'create', at: 0, transferSeconds: 11 },
      { do: 'create', afterPreviousWake: 5, transferSeconds: 11 },
      { do: 'create', afterPreviousWake: 5, transferSeconds: 11 },
    ])
    expect(patternSteps({ ...options, name: 'nightly' }).map(({ earliestBeginDate }) => earliestBeginDate)).toEqual([
      86_400, 172_800, 259_200,
    ])
  })

  it('give a curve that keeps only the moments at which the delay changes', () => {
    const curve = delayCurve([
      { at: 0, what: 'create', delaySeconds: 0 },
      { at: 11, what: 'end', delaySeconds: 0 },
      { at: 11, what: 'wake', delaySeconds: 60 },
      { at: 40, what: 'create', delaySeconds: 60 },
    ])
    expect(curve).toEqual({
      points: [
        { at: 0, delay: 0 },
        { at: 11, delay: 60 },
      ],
      wakes: [11],
      lastAt: 40,
      highest: 60,
    })
    expect(delayCurve([])).toEqual({ points: [{ at: 0, delay: 0 }], wakes: [], lastAt: 0, highest: 0 })
  })
})

describe('what was received', () => {
  const point = (at: string, bytesReceived: number) => ({ at, bytesReceived }) as never

  it('is a rate in each step, and the last step counts as far as it is over', () => {
    const until = '2026-11-30T12:01:30.000Z'
    const data = [point('2026-11-30T12:00:00.000Z', 6000), point('2026-11-30T12:01:00.000Z', 6000)]
    expect(throughput({ data, stepSeconds: 60, until })).toEqual([100, 200])
    expect(throughput({ data: [point(until, 5)], stepSeconds: 60, until })).toEqual([0])
  })

  it.each([
    ['range=24h', '24h'],
    ['range=7d', '7d'],
    ['range=toString', '1h'],
    ['', '1h'],
  ])('is of the range that the address says: %j', (search, range) =>
    expect(readRange(new URLSearchParams(search))).toBe(range),
  )
})

describe('the times below a curve', () => {
  const minutes = (count: number, from: string, stepMinutes: number) =>
    Array.from({ length: count }, (_, n) => {
      const at = new Date(Date.parse(from) + n * stepMinutes * 60_000).toISOString()
      return { at } as Parameters<typeof ticksOf>[0]['data'][number]
    })

  it.each([
    ['1h', minutes(60, '2026-11-30T11:03:00Z', 1), 6],
    ['24h', minutes(24, '2026-11-30T11:00:00Z', 60), 6],
    ['7d', minutes(168, '2026-11-24T11:00:00Z', 60), 7],
  ] as const)('are round ones of the reader: %s', (range, data, count) => {
    for (const offset of [0, -330, 480]) {
      const ticks = ticksOf({ data: [...data] }, range, () => offset)
      expect(ticks.length, `${offset}`).toBeGreaterThanOrEqual(count - 1)
      expect(ticks.length).toBeLessThanOrEqual(count + 1)
      // An hour may begin at half past, for the reader.
      for (const { step } of ticks) expect((Date.parse(data[step]!.at) / 60_000 - offset) % 10).toBe(0)
    }
  })
})

describe('what a range counts', () => {
  it('is the sum of its steps', () => {
    const counts = { at: '', running: null, waiting: null, tasksCreated: 0, tasksCompleted: 2, tasksFailed: 0 }
    const others = { tasksCanceled: 0, bytesReceived: 0, wakes: 0, deliveryAttempts: 0, deliveryAttemptsFailed: 1 }
    const data = [1, 2].map(() => ({ ...counts, ...others }))
    expect([sumOf({ data }, 'tasksCompleted'), sumOf({ data }, 'deliveryAttemptsFailed')]).toEqual([4, 2])
  })
})
