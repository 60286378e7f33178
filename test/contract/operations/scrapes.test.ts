import { createMemoryBudget, version } from '@backhaul/transfer'
import { expect, it } from 'vitest'
import { createInstruments } from '#core/operations/prometheus/instruments.ts'
import { createMetrics } from '#core/operations/prometheus/metrics.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

it('a thousand scrapes at once cost the database and the process as much as one, and the next one is a new one', async () => {
  const { database, stores } = builder
  let reads = 0
  const fleet = { readFleet: () => stores.operations.readFleet().finally(() => (reads += 1)) }
  const instruments = createInstruments(version)
  const metrics = createMetrics(instruments, { database, fleet, memory: createMemoryBudget() })
  const all = await Promise.all(Array.from({ length: 1_000 }, () => metrics.read()))
  expect([reads, new Set(all.map(({ text }) => text)).size]).toEqual([1, 1])
  instruments.wakes.inc()
  expect((await metrics.read()).text).toContain('backhaul_wakes_total 1')
  expect(reads).toBe(2)
})
