/** What an installation needs for a load, out of measured costs: the formula of docs/capacity.md. */

/** CPU milliseconds by program. */
export interface Cpu {
  api: number
  worker: number
  postgres: number
  redis: number
}

/** Measured on one machine (capacity/measure.ts). */
export interface UnitCosts {
  /** Of a small file, from its creation in a batch of a thousand to its end, without webhooks. */
  task: { cpu: Cpu; databaseBytes: number; walBytes: number; rows: number }
  /** Of one event that a receiver acknowledges. */
  webhook: { cpu: Cpu; databaseBytes: number; walBytes: number; rows: number }
  /** Of a GiB of large files, to S3. */
  gib: { cpu: Cpu; walBytes: number }
  /** Of each second of a process that has nothing to do. */
  idle: Cpu
}

export interface Load {
  tasksPerSecond: number
  /** Of a file, on average. */
  bytes: number
  webhooksPerTask: number
  /** How long a transfer takes, on average: what the origins give. */
  secondsPerTransfer: number
  /** Days for which ended tasks, events and deliveries are kept. */
  retentionDays: number
}

export interface Sizing {
  /** The part of a core that a process may use on average, so that peaks have room. */
  busyShare: number
  /** The part of the places that may be taken on average. */
  slotShare: number
  /** WORKER_CONCURRENCY. */
  slotsPerWorker: number
  /** Connections to PostgreSQL that an API and a worker hold at most. */
  connections: { api: number; worker: number }
}

export interface Plan {
  apis: number
  workers: number
  /** Why there are so many workers. */
  workersFor: 'cpu' | 'slots'
  slots: number
  postgresCores: number
  redisCores: number
  connections: number
  /** Bytes a second, in from the origins and out to storage, each. */
  bytesPerSecond: number
  /** Bytes of the database when as much goes as comes. */
  databaseBytes: number
  walBytesPerSecond: number
}

const gib = 2 ** 30
const daySeconds = 86_400
/** Two of each, so that one may go. */
const least = 2

/** One process uses one core: Node runs our code in one thread. */
export function planFor(load: Load, costs: UnitCosts, sizing: Sizing): Plan {
  const { tasksPerSecond, bytes, webhooksPerTask, secondsPerTransfer, retentionDays } = load
  const webhooks = tasksPerSecond * webhooksPerTask
  const gibs = (tasksPerSecond * bytes) / gib
  /** Cores that a program uses. */
  const coresOf = (program: keyof Cpu) =>
    (tasksPerSecond * costs.task.cpu[program] + webhooks * costs.webhook.cpu[program] + gibs * costs.gib.cpu[program]) /
    1000
  const processesFor = (program: 'api' | 'worker') =>
    Math.max(least, Math.ceil(coresOf(program) / (sizing.busyShare - costs.idle[program] / 1000)))
  const slots = Math.ceil((tasksPerSecond * secondsPerTransfer) / sizing.slotShare)
  const [apis, forCpu, forSlots] = [
    processesFor('api'),
    processesFor('worker'),
    Math.ceil(slots / sizing.slotsPerWorker),
  ]
  const workers = Math.max(forCpu, forSlots)
  const keptTasks = tasksPerSecond * daySeconds * retentionDays
  return {
    apis,
    workers,
    workersFor: forSlots > forCpu ? 'slots' : 'cpu',
    slots,
    postgresCores: coresOf('postgres') / sizing.busyShare,
    redisCores: coresOf('redis') / sizing.busyShare,
    connections: apis * sizing.connections.api + workers * sizing.connections.worker,
    bytesPerSecond: tasksPerSecond * bytes,
    databaseBytes: keptTasks * (costs.task.databaseBytes + webhooksPerTask * costs.webhook.databaseBytes),
    walBytesPerSecond:
      tasksPerSecond * costs.task.walBytes + webhooks * costs.webhook.walBytes + gibs * costs.gib.walBytes,
  }
}

/** What a task waits for a place, in seconds: the half of them, and 99 of 100. */
export interface Waits {
  p50: number
  p99: number
}

/**
 * Plays tasks that come at random (a Poisson process) and take times that vary as much (exponential) on a number of places, first
 * come, first served. `random` gives 0 to 1.
 */
export function simulateWaits(
  { tasksPerSecond, secondsPerTransfer }: Pick<Load, 'tasksPerSecond' | 'secondsPerTransfer'>,
  slots: number,
  tasks: number,
  random: () => number,
): Waits {
  const exponential = (mean: number) => -mean * Math.log(1 - random())
  const free = new Float64Array(slots)
  const waits = new Float64Array(tasks)
  let now = 0
  for (let n = 0; n < tasks; n++) {
    now += exponential(1 / tasksPerSecond)
    const begins = Math.max(now, free[0]!)
    waits[n] = begins - now
    replaceSmallest(free, begins + exponential(secondsPerTransfer))
  }
  waits.sort()
  const at = (share: number) => waits[Math.floor(tasks * share)]!
  return { p50: at(0.5), p99: at(0.99) }
}

/** Of a binary heap whose smallest value is its first. */
function replaceSmallest(heap: Float64Array, value: number): void {
  let at = 0
  for (;;) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const least = right < heap.length && heap[right]! < heap[left]! ? right : left
    if (least >= heap.length || heap[least]! >= value) break
    heap[at] = heap[least]!
    at = least
  }
  heap[at] = value
}
