import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@platformatic/prom-client'

/** Seconds. A long poll lasts for up to a minute. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const queryBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 20]
const storageBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120]
const transferBuckets = [0.05, 0.25, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200]
/** The delay doubles from a minute to six hours, unless an operator has set something else. */
const delayBuckets = [1, 10, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400]
const lagBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600]

const ofBand = '`most` is the upper end of a band, whose lower end is the band before'

/**
 * Milliseconds between two looks at the event loop, which are in every figure: a loop that is never late shows 0.1 s. The usual 10 ms
 * cost each process at rest a two hundredth of a core, more than all other metrics together.
 */
const eventLoopMonitoringPrecision = 100

/** The usual ones of Node's process beside them. They watch the event loop and the garbage collector from then on: once a process. */
export function watchProcess({ registry }: Pick<Instruments, 'registry'>): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision })
}

export type Instruments = ReturnType<typeof createInstruments>

/**
 * All metrics, by the conventions of Prometheus: base units in the names, `_total` for what only grows. No label has a
 * tenant, a URL or a host, whose number has no bound.
 */
export function createInstruments(version: string) {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: `backhaul_${name}`, help, labelNames, registers })
  const gauge = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name: `backhaul_${name}`, help, labelNames, registers })
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram<L>({ name: `backhaul_${name}`, help, buckets, labelNames, registers })

  gauge('build_info', 'Always 1; the labels say what runs.', 'version', 'node').set(
    { version, node: process.version.slice(1) },
    1,
  )
  return {
    registry,
    // HTTP
    requestDuration: histogram(
      'http_request_duration_seconds',
      'Requests that were answered, by the pattern of their route; streams count when they end.',
      requestBuckets,
      ...(['method', 'route', 'status'] as const),
    ),
    // Dispatch
    claimedTasks: counter('claimed_tasks_total', 'Tasks that this process has claimed for the workers.'),
    reapedTasks: counter(
      'reaped_tasks_total',
      'Tasks that this process brought back because their lease had ended, or ended because their time was over.',
    ),
    // Transfers
    transfersRunning: gauge('transfers_running', 'Transfers in hand in this process.'),
    transferDuration: histogram(
      'transfer_duration_seconds',
      'From the hint to the end of the attempt, whatever its outcome.',
      transferBuckets,
    ),
    transfers: counter(
      'transfers_total',
      'Attempts by outcome: completed, retried, failed, given_back, lost (its lease had ended). `error`: the name of the task error, or none.',
      ...(['outcome', 'error'] as const),
    ),
    receivedBytes: counter(
      'transfer_received_bytes_total',
      'Bytes of bodies that origins have sent, whatever became of them.',
    ),
    completedBytes: counter('transfer_completed_bytes_total', 'Bytes of the files of completed tasks.'),
    resumedBytes: counter(
      'transfer_resumed_bytes_total',
      'Bytes that attempts found in storage and did not ask for again.',
    ),
    refetchedBytes: counter(
      'transfer_refetched_bytes_total',
      'Bytes that attempts have received although an earlier attempt of the task had received them.',
    ),
    parts: counter('transfer_parts_total', 'Parts of files that were stored and put on record.'),
    sourceRequests: counter(
      'source_requests_total',
      'Requests to origins by the status of the final response; an error of the connection has its name.',
      'outcome',
    ),
    // Storage
    storageDuration: histogram(
      'storage_operation_duration_seconds',
      'Calls to object storage. outcome: ok or failed.',
      storageBuckets,
      ...(['operation', 'outcome'] as const),
    ),
    // Wakes and webhooks
    wakes: counter('wakes_total', 'Wakes that this process has opened or seen expire.'),
    limiterDelay: histogram(
      'limiter_delay_seconds',
      'How long the wake limiter keeps tasks from beginning, from their creation. Tasks that it lets begin do not count.',
      delayBuckets,
    ),
    deliveryAttempts: counter(
      'delivery_attempts_total',
      'Attempts to deliver an event. outcome: the class of the response (2xx …), or none when there was no response.',
      'outcome',
    ),
    deliveryDuration: histogram('delivery_attempt_duration_seconds', 'From sending to the response.', requestBuckets),
    deliveryLag: histogram(
      'delivery_first_attempt_lag_seconds',
      'From the commit that made a delivery due to its first attempt.',
      lagBuckets,
    ),
    // The process
    queryDuration: histogram(
      'store_duration_seconds',
      'Calls to the database by the room they are about, each one transaction. outcome: ok or failed.',
      queryBuckets,
      ...(['room', 'outcome'] as const),
    ),
    poolConnections: gauge(
      'database_pool_connections',
      'Connections to PostgreSQL. state: idle or used.',
      ...(['pool', 'state'] as const),
    ),
    poolWaiting: gauge('database_pool_waiting', 'Statements that wait for a connection to PostgreSQL.', 'pool'),
    memoryUsed: gauge('memory_budget_used_bytes', 'Parts of transfers that are held in memory.'),
    memoryBudget: gauge('memory_budget_bytes', 'What parts of transfers may hold in memory.'),
    // All processes together: each shows the same
    tasks: gauge('fleet_tasks', 'Tasks of all tenants that have not ended.', 'state'),
    waiting: gauge(
      'fleet_waiting_tasks',
      'Tasks of all tenants by what they wait for; two reasons count twice.',
      'reason',
    ),
    oldestWaiting: gauge('fleet_oldest_waiting_task_seconds', 'Age of the oldest task that has not begun.'),
    dispatchLag: gauge(
      'fleet_dispatch_lag_seconds',
      'How long the oldest task that may begin has waited to be claimed.',
    ),
    connections: gauge('fleet_source_connections', 'Connections to origins that the tasks in flight have.'),
    hostsBlocked: gauge('fleet_blocked_hosts', 'Origin hosts that are left alone after failures or by their own wish.'),
    wakesOpen: gauge('fleet_open_wakes', 'Wakes that clients have not completed.'),
    deliveriesPending: gauge('fleet_pending_deliveries', 'Deliveries that no receiver has acknowledged yet.'),
    oldestDelivery: gauge('fleet_oldest_due_delivery_seconds', 'How long the oldest delivery has been due.'),
    limiterTenants: gauge(
      'fleet_limiter_tenants',
      'Tenants whose wake limiter delays new tasks by at most so many seconds, as the buckets of a histogram.',
      'le',
    ),
    weightTenants: gauge('fleet_weight_tenants', `Tenants that have tasks, by their weight: ${ofBand}.`, 'most'),
    weightInFlight: gauge('fleet_weight_tasks_in_flight', `Tasks in flight of tenants by weight: ${ofBand}.`, 'most'),
    weightDue: gauge('fleet_weight_due_tasks', `Tasks that may begin, of tenants by weight: ${ofBand}.`, 'most'),
    workers: gauge('fleet_workers', 'Workers that were seen within the last seconds.'),
    slots: gauge('fleet_slots', 'Transfers that these workers run at most.'),
    sampleAge: gauge('fleet_sample_age_seconds', 'Age of the counts of fleet_….'),
  }
}
