import type { MemoryBudget } from '@backhaul/transfer'
import type { Gauge } from '@platformatic/prom-client'
import type { Database } from '../../database/database.ts'
import type { FleetStore } from '../fleet-store.ts'
import type { Metrics } from '../metrics.ts'
import { delayBuckets, type FleetSample } from '../rules/fleet-sample.ts'
import type { Instruments } from './instruments.ts'

/** What is read when it is asked for. */
export interface MetricSources {
  database: Pick<Database, 'connections'>
  fleet: Pick<FleetStore, 'readFleet'>
  memory: MemoryBudget
}

/** A scrape waits no longer for the database: it is then without the counts of the fleet. */
const fleetTimeoutMs = 1_000

export function createMetrics(instruments: Instruments, { database, fleet, memory }: MetricSources): Metrics {
  instruments.memoryBudget.set(memory.budgetBytes)
  let reading: ReturnType<Metrics['read']> | null = null
  return {
    countRequest({ method, route, status, durationMs }) {
      instruments.requestDuration.observe({ method, route: route ?? 'none', status: `${status}` }, durationMs / 1000)
    },
    countRefetched: (bytes) => instruments.refetchedBytes.inc(bytes),
    // Nobody needs a token for it: those that come at once get one answer, or they would take all connections from the requests.
    read() {
      reading ??= readNow().finally(() => {
        reading = null
      })
      return reading
    },
  }

  async function readNow() {
    instruments.memoryUsed.set(memory.usedBytes())
    for (const { pool, idle, used, waiting } of database.connections()) {
      instruments.poolConnections.set({ pool, state: 'idle' }, idle)
      instruments.poolConnections.set({ pool, state: 'used' }, used)
      instruments.poolWaiting.set({ pool }, waiting)
    }
    const found = await Promise.race([fleet.readFleet().catch(() => null), nothingAfter(fleetTimeoutMs)])
    showFleet(instruments, found)
    return { contentType: instruments.registry.contentType, text: await instruments.registry.metrics() }
  }
}

/** Without a sample nothing is said, rather than what was true once. */
function showFleet(to: Instruments, found: { sample: FleetSample; ageSeconds: number } | null): void {
  const byWeight = [to.weightTenants, to.weightInFlight, to.weightDue]
  for (const labelled of [to.tasks, to.waiting, to.limiterTenants, ...byWeight]) labelled.reset()
  const show = (gauge: Gauge, value: number | undefined) => (value === undefined ? gauge.remove() : gauge.set(value))
  const sample = found?.sample
  for (const [state, count] of Object.entries(sample?.tasks ?? {})) to.tasks.set({ state }, count)
  for (const [reason, count] of Object.entries(sample?.waiting ?? {})) to.waiting.set({ reason }, count)
  for (const [n, count] of (sample?.limiterDelays ?? []).entries()) to.limiterTenants.set({ le: bucketName(n) }, count)
  // A sample of the version before has none.
  for (const { most, tenants, inFlight, due } of sample?.weights ?? []) {
    to.weightTenants.set({ most }, tenants)
    to.weightInFlight.set({ most }, inFlight)
    to.weightDue.set({ most }, due)
  }
  show(to.oldestWaiting, sample?.oldestWaitingSeconds)
  show(to.dispatchLag, sample?.dispatchLagSeconds)
  show(to.connections, sample?.connections)
  show(to.hostsBlocked, sample?.hostsBlocked)
  show(to.wakesOpen, sample?.wakesOpen)
  show(to.deliveriesPending, sample?.deliveriesPending)
  show(to.oldestDelivery, sample?.oldestDeliverySeconds)
  show(to.workers, sample?.workers)
  show(to.slots, sample?.slots)
  show(to.sampleAge, found?.ageSeconds)
}

const bucketName = (n: number) => (n < delayBuckets.length - 1 ? `${delayBuckets[n]}` : '+Inf')

function nothingAfter(ms: number): Promise<null> {
  return new Promise((resolve) => void setTimeout(resolve, ms, null).unref())
}
