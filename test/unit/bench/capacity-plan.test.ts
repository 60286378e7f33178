import { describe, expect, it } from 'vitest'
import { planFor, type Sizing, simulateWaits, type UnitCosts } from '../../../bench/capacity/plan.ts'

const no = { api: 0, worker: 0, postgres: 0, redis: 0 }
const costs: UnitCosts = {
  task: { cpu: { api: 1, worker: 4, postgres: 3, redis: 0.5 }, databaseBytes: 3_000, walBytes: 10_000, rows: 5 },
  webhook: { cpu: { ...no, worker: 1, postgres: 1 }, databaseBytes: 1_000, walBytes: 2_000, rows: 3 },
  gib: { cpu: { ...no, worker: 2_000, postgres: 10 }, walBytes: 1_000_000 },
  idle: { ...no, worker: 50 },
}
const sizing: Sizing = { busyShare: 0.55, slotShare: 0.5, slotsPerWorker: 16, connections: { api: 20, worker: 30 } }
const load = { tasksPerSecond: 100, bytes: 0, webhooksPerTask: 2, secondsPerTransfer: 0.1, retentionDays: 1 }

describe('a plan', () => {
  it('has processes for the CPU of tasks, webhooks and bytes, and the database that follows from what is kept', () => {
    expect(planFor(load, costs, sizing)).toEqual({
      apis: 2,
      // 100 × 4 ms and 200 × 1 ms are 0.6 cores; half a core is left of each beside what it does for itself.
      workers: 2,
      workersFor: 'cpu',
      slots: 20,
      postgresCores: 0.5 / 0.55,
      redisCores: 0.05 / 0.55,
      connections: 2 * 20 + 2 * 30,
      bytesPerSecond: 0,
      databaseBytes: 100 * 86_400 * 5_000,
      walBytesPerSecond: 100 * 14_000,
    })
    const large = planFor({ ...load, tasksPerSecond: 1, bytes: 2 ** 30 }, costs, sizing)
    expect(large).toMatchObject({ workers: 5, workersFor: 'cpu', bytesPerSecond: 2 ** 30 })
  })

  it('has workers for the places where transfers take long', () => {
    expect(planFor({ ...load, secondsPerTransfer: 60 }, costs, sizing)).toMatchObject({
      slots: 12_000,
      workers: 750,
      workersFor: 'slots',
    })
  })

  it('has two of each at least', () => {
    expect(planFor({ ...load, tasksPerSecond: 0.001 }, costs, sizing)).toMatchObject({ apis: 2, workers: 2 })
  })
})

describe('a simulation of places', () => {
  const play = (slots: number) => simulateWaits({ tasksPerSecond: 10, secondsPerTransfer: 1 }, slots, 50_000, lcg())

  it('has no waits where half of the places are taken', () => {
    expect(play(20).p50).toBe(0)
    expect(play(20).p99).toBeLessThan(0.3)
  })

  it('agrees with the theory of queues where one place is busy for half of the time', () => {
    // M/M/1: a wait exceeds t with the probability ρ·e^(−(μ−λ)t), here 0.5·e^(−0.5t); 99 of 100 wait at most 7.8.
    const { p50, p99 } = simulateWaits({ tasksPerSecond: 0.5, secondsPerTransfer: 1 }, 1, 400_000, lcg())
    // Half of them do not wait at all.
    expect(p50).toBeLessThan(0.1)
    expect(p99).toBeGreaterThan(7)
    expect(p99).toBeLessThan(8.6)
  })

  it('has waits without an end where there are too few', () => {
    expect(play(9).p99).toBeGreaterThan(100)
  })
})

/** Repeatable: Knuth's MMIX generator, the upper 32 bits. */
function lcg(): () => number {
  let state = 42n
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
    return Number(state >> 32n) / 2 ** 32
  }
}
