import { describe, expect, it } from 'vitest'
import { type EndedCall, observeCalls } from '#core/kernel/observe-calls.ts'

const failure = new Error('no')
const port = {
  name: 'a port',
  add: async (a: number, b: number) => a + b,
  fail: async () => Promise.reject(failure),
  now: () => 7,
}

describe('a port whose calls are observed', () => {
  it('gives the same results and errors, and tells of each call that has ended', async () => {
    const ended: EndedCall[] = []
    const sums: unknown[] = []
    const observed = observeCalls(port, (call) => ended.push(call), { add: (sum, a, b) => sums.push([sum, a, b]) })
    expect(await observed.add(2, 3)).toBe(5)
    await expect(observed.fail()).rejects.toBe(failure)
    expect([observed.now(), observed.name]).toEqual([7, 'a port'])
    expect(sums).toEqual([[5, 2, 3]])
    expect(ended).toMatchObject([
      { verb: 'add', error: undefined },
      { verb: 'fail', error: failure },
    ])
    for (const { durationMs } of ended) expect(durationMs).toBeGreaterThanOrEqual(0)
  })
})
