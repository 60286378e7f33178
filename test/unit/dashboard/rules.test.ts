import { describe, expect, it } from 'vitest'
import { delayCurve, patternSteps } from '#dashboard/rules/limiter-patterns.ts'
import { readFilters } from '#dashboard/rules/task-filters.ts'
import { readRange, throughput } from '#dashboard/rules/throughput.ts'
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
  const options = { tasks: 3, thinkSeconds: 5, transferSeconds: 11 }

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
