import { expect, it } from 'vitest'
import { type Fault, planFaults } from '../../../bench/soak/plan-faults.ts'

const seeds = Array.from({ length: 50 }, (_, n) => n * 7_919)
const ofProcess = ({ target }: Fault) => target.startsWith('api') || target.startsWith('worker')

it('one seed is one plan, and another seed another one', () => {
  expect(planFaults({ seed: 5, minutes: 3 })).toEqual(planFaults({ seed: 5, minutes: 3 }))
  expect(planFaults({ seed: 5, minutes: 3 })).not.toEqual(planFaults({ seed: 6, minutes: 3 }))
})

it('all faults are over with the time, and of those of processes and those of servers one happens at once', () => {
  for (const seed of seeds) {
    const plan = planFaults({ seed, minutes: 2 })
    expect(plan.length).toBeGreaterThan(10)
    for (const row of [plan.filter(ofProcess), plan.filter((fault) => !ofProcess(fault))]) {
      expect(row.length).toBeGreaterThan(4)
      for (const [n, { atMs, forMs }] of row.entries()) expect(atMs + forMs).toBeLessThan(row[n + 1]?.atMs ?? 120_001)
    }
  }
})

it('every fault comes within the time that all of them take', () => {
  const names = (plan: Fault[]) => new Set(plan.map(({ kind, target }) => `${kind} ${target}`))
  expect(names(planFaults({ seed: 1, minutes: 60 })).size).toBe(29)
  for (const seed of seeds) expect(names(planFaults({ seed, minutes: 7 })).size).toBe(29)
})

it('leaves out what the machine does not allow', () => {
  const plan = planFaults({ seed: 1, minutes: 15 }, ({ kind }) => kind !== 'skew')
  expect(plan.some(({ kind }) => kind === 'skew')).toBe(false)
  expect(plan.some(({ kind }) => kind === 'kill')).toBe(true)
})
