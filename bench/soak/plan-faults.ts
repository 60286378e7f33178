import { randomFrom } from './random.ts'

/**
 * `kill`: SIGKILL, and started again afterwards. `stop`: SIGSTOP, SIGCONT. `restart`: SIGTERM, and started again. `skew`: its clock
 * jumps, and jumps back. `absent`: killed (or cut off), and back afterwards. `slow`: every packet takes longer.
 * `reset`: its connections break every second. `silent`: a black hole. `full`: it has no space left. `errors`: it
 * refuses requests, loses responses and breaks connections at random.
 */
export type FaultKind =
  | 'kill'
  | 'stop'
  | 'restart'
  | 'skew'
  | 'absent'
  | 'slow'
  | 'reset'
  | 'silent'
  | 'full'
  | 'errors'
export const processes = ['api-1', 'api-2', 'worker-1', 'worker-2'] as const
export const servers = ['postgres', 'redis', 's3'] as const
export type ProcessName = (typeof processes)[number]
export type ServerName = (typeof servers)[number]

export interface Fault {
  kind: FaultKind
  target: ProcessName | ServerName
  /** Since the beginning of the faults. */
  atMs: number
  forMs: number
  /** From 0 to 1: how long the delay of `slow` is, how far the clock of `skew` jumps. */
  degree: number
}

type Blow = Pick<Fault, 'kind' | 'target'>

const everyProcess = (...kinds: FaultKind[]): Blow[] =>
  kinds.flatMap((kind) => processes.map((target) => ({ kind, target })))
const everyServer = (...kinds: FaultKind[]): Blow[] =>
  kinds.flatMap((kind) => servers.map((target) => ({ kind, target })))

/** Two rows of faults run beside each other: those of processes and those of servers. In a row, one follows the other. */
const rows: readonly (readonly Blow[])[] = [
  [...everyProcess('kill', 'stop', 'restart'), { kind: 'skew', target: 'api-2' }, { kind: 'skew', target: 'worker-2' }],
  [
    ...everyServer('absent', 'slow', 'reset', 'silent'),
    { kind: 'full', target: 'postgres' },
    { kind: 'full', target: 'redis' },
    { kind: 'errors', target: 's3' },
  ],
]

/** Before the first fault the workload comes to speed. */
const calmMs = 5_000
/** Shortest and longest, in ms. A process is stopped for longer than its leases (15 s) now and then. */
const durations: Record<FaultKind, readonly [number, number]> = {
  kill: [500, 4_000],
  stop: [2_000, 20_000],
  restart: [0, 1_000],
  skew: [3_000, 10_000],
  absent: [1_000, 8_000],
  slow: [3_000, 8_000],
  reset: [2_000, 6_000],
  silent: [2_000, 8_000],
  full: [2_000, 6_000],
  errors: [3_000, 10_000],
}
const gaps = [500, 5_000] as const

/**
 * The faults of a run, by the time at which they begin, determined by the seed. Each row goes through all its faults in an
 * order of chance before one comes again. `isPossible`: on this machine. All are over when the time is.
 */
export function planFaults(
  { seed, minutes }: { seed: number; minutes: number },
  isPossible: (blow: Blow) => boolean = () => true,
): Fault[] {
  const endMs = minutes * 60_000
  return rows
    .flatMap((row, index) => planRow(row.filter(isPossible), endMs, randomFrom(seed + index)))
    .toSorted((a, b) => a.atMs - b.atMs)
}

function planRow(row: readonly Blow[], endMs: number, random: () => number): Fault[] {
  const faults: Fault[] = []
  const between = ([least, most]: readonly [number, number]) => Math.round(least + random() * (most - least))
  let bag: Blow[] = []
  for (let atMs = calmMs + between(gaps); row.length > 0; ) {
    if (bag.length === 0) bag = [...row]
    const [blow] = bag.splice(Math.floor(random() * bag.length), 1)
    // Long ones are rare: the square keeps most of them short.
    const [least, most] = durations[blow!.kind]
    const forMs = Math.round(least + random() ** 2 * (most - least))
    if (atMs + forMs > endMs) break
    faults.push({ ...blow!, atMs, forMs, degree: random() })
    atMs += forMs + between(gaps)
  }
  return faults
}

/** A line for people. */
export function faultLine({ atMs, forMs, kind, target }: Fault): string {
  return `${(atMs / 1000).toFixed(1).padStart(6)} s  ${kind} ${target} for ${(forMs / 1000).toFixed(1)} s`
}
