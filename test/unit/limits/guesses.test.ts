import { describe, expect, it } from 'vitest'
import { createGuessGate } from '#core/limits/guess-gate.ts'
import { createLocalRequestCounts } from '#core/limits/local-request-counts.ts'
import type { RequestCounts } from '#core/limits/request-counts.ts'
import { guesserOf, mostGuesses } from '#core/limits/rules/guesses.ts'

let now = 1_000_000_000
const nowMs = () => now
const log = { warn() {} }
const [one, other] = ['203.0.113.9', '203.0.113.10']
const gateOf = (requestCounts: RequestCounts = createLocalRequestCounts(nowMs)) =>
  createGuessGate({ requestCounts, log, nowMs })
const guess = async (gate: ReturnType<typeof gateOf>, address: string, times: number) => {
  for (let n = 0; n < times; n++) await gate.count(address)
}

describe('wrong tokens from one address', () => {
  it('are let through twenty times within a minute, and then nothing of that address is', async () => {
    const gate = gateOf()
    await guess(gate, one, mostGuesses - 1)
    expect(() => gate.admit(one)).not.toThrow()
    await guess(gate, one, 1)
    expect(() => gate.admit(one)).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: 61 }))
    expect(() => gate.admit(other)).not.toThrow()
  })

  it('are forgotten a minute later, one by one', async () => {
    const gate = gateOf()
    await guess(gate, one, mostGuesses / 2)
    now += 30_000
    await guess(gate, one, mostGuesses / 2)
    now += 30_000
    expect(() => gate.admit(one)).toThrow()
    now += 1_000
    expect(() => gate.admit(one)).not.toThrow()
    // Half of them still count.
    await guess(gate, one, mostGuesses / 2)
    expect(() => gate.admit(one)).toThrow()
  })

  it('are counted by all processes together', async () => {
    const counts = createLocalRequestCounts(nowMs)
    const [first, second] = [gateOf(counts), gateOf(counts)]
    await guess(first, one, mostGuesses - 1)
    await guess(second, one, 1)
    expect(() => second.admit(one)).toThrow()
    await guess(first, one, 1)
    expect(() => first.admit(one)).toThrow()
  })

  it('are counted by each process while the counts are away', async () => {
    const gate = gateOf({ take: () => Promise.reject(new Error('away')) })
    await guess(gate, one, mostGuesses)
    expect(() => gate.admit(one)).toThrow()
  })

  it('from many addresses cost a bounded memory', async () => {
    const gate = gateOf({ take: async () => ({ given: 0, left: 0, freeInMs: 60_000 }) })
    for (let n = 0; n < 10_001; n++) await gate.count(`10.1.${n >> 8}.${n & 255}`)
    expect(() => gate.admit('10.1.0.0')).not.toThrow()
    expect(() => gate.admit('10.1.0.1')).toThrow()
  })
})

describe('whom wrong tokens are counted for', () => {
  it.each([
    ['2001:db8::1', '2001:db8::ffff:1', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::ffff:203.0.113.9', '203.0.113.9', true],
    ['203.0.113.9', '203.0.113.10', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['', 'unknown', false],
  ])('%s and %s: the same is %s', (a, b, same) => {
    expect(guesserOf(a) === guesserOf(b)).toBe(same)
  })
})
