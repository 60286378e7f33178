import { describe, expect, it } from 'vitest'
import { limiterSentences, simulationLines } from '#cli/rules/limiter-plot.ts'

const now = Date.parse('2026-11-30T12:00:00.000Z')
const limiter = {
  state: 'background' as const,
  delaySeconds: 120,
  gateUntil: '2026-11-30T12:01:00.000Z',
  quietUntil: '2026-11-30T12:10:00.000Z',
  lastWakeAt: '2026-11-30T11:59:00.000Z',
  gatedTasks: 1,
  wakesLastHour: 2,
  policy: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
  advice: ['Create tasks in batches.'],
}

describe('the limiter', () => {
  it('is told in sentences', () => {
    expect(limiterSentences(limiter, now)).toEqual([
      'New tasks wait until 2 min have passed since the last wake (in 1 min).',
      '1 task had to wait for it. 2 wakes within the hour, the last 1 min ago.',
      'Without another wake the delay is 0 again in 10 min.',
      'The delay begins with 1 min, is multiplied by 2 with each wake, and is 6 h at most.',
      'Create tasks in batches.',
    ])
    expect(limiterSentences({ ...limiter, state: 'foreground', delaySeconds: 0 }, now)[0]).toContain(
      'in the foreground',
    )
    const over = { ...limiter, gateUntil: '2026-11-30T11:59:59.000Z' }
    expect(limiterSentences(over, now)[0]).toBe('Nothing waits now: 2 min have passed since the last wake.')
    expect(limiterSentences({ ...limiter, delaySeconds: 0 }, now)[0]).toBe('Nothing is delayed.')
  })

  it('is plotted as wide as the terminal', () => {
    expect(simulationLines({ delays: [0, 60, 120, 240] }, 40)).toEqual([
      'wake 1    0 s',
      'wake 2  1 min  ███████',
      'wake 3  2 min  █████████████',
      'wake 4  4 min  █████████████████████████',
    ])
    const timeline = [
      { at: 0, what: 'create' as const, delaySeconds: 0 },
      { at: 90, what: 'wake' as const, delaySeconds: 60 },
    ]
    expect(simulationLines({ timeline }, 40)[1]).toMatch(/^2 min {2}wake +1 min {2}█+$/)
    expect(simulationLines({}, 40)).toEqual([])
  })
})
