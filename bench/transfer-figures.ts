/** The targets of Backhaul's transfers, as ratios within one run of bench/transfer.ts, and their check. */
import { GiB, median, sizeName } from './test-files.ts'
import type { Run } from './transfer-run.ts'

export const variants = {
  s3: 'to S3',
  sha256: 'to S3, SHA-256 checked',
  tls: 'to S3 from a TLS origin',
  disk: 'to disk, synced',
} as const
export type Variant = keyof typeof variants

export const contenders = {
  rclone: 'rclone copyurl',
  aws: 'curl | aws s3 cp -',
  upload: 'fetch + lib-storage Upload',
  aria2c: 'aria2c -x4 -s4, sync',
  engine: 'Backhaul, engine alone',
  service: 'Backhaul, whole service',
} as const
export type Contender = keyof typeof contenders

/** Medians of one contender's runs. */
export interface Row {
  size: number
  variant: Variant
  contender: Contender
  wallSeconds: number
  cpuSeconds: number
  peakBytes: number
  startCpuSeconds: number | null
  postgresSeconds: number | null
  /** Ratios to the base's throughput and CPU; null without a base. */
  speed: number | null
  cpu: number | null
}

interface Figure {
  size: number
  variant: Variant
  contender: Contender
  minSpeed?: number
  maxCpu?: number
}

export const figures: readonly Figure[] = [
  { size: GiB, variant: 's3', contender: 'engine', minSpeed: 1.8, maxCpu: 0.3 },
  { size: GiB, variant: 's3', contender: 'service', minSpeed: 1.6, maxCpu: 0.4 },
  { size: GiB, variant: 'sha256', contender: 'engine', minSpeed: 1.3, maxCpu: 0.6 },
  { size: GiB, variant: 'sha256', contender: 'service', minSpeed: 1.3, maxCpu: 0.6 },
  { size: GiB, variant: 'tls', contender: 'engine', maxCpu: 0.4 },
  { size: GiB, variant: 'tls', contender: 'service', maxCpu: 0.4 },
  { size: GiB, variant: 'disk', contender: 'engine', minSpeed: 1.0 },
  { size: GiB, variant: 'disk', contender: 'service', minSpeed: 1.0 },
]

/** The contender that is 1.00 in each variant. rclone cannot check a SHA-256, so its run without the check is the base. */
export const bases: Record<Variant, { variant: Variant; contender: Contender }> = {
  s3: { variant: 's3', contender: 'rclone' },
  sha256: { variant: 's3', contender: 'rclone' },
  tls: { variant: 'tls', contender: 'rclone' },
  disk: { variant: 'disk', contender: 'aria2c' },
}

export interface Measured {
  size: number
  variant: Variant
  contender: Contender
  runs: Run[]
}

export function rowsOf(measured: readonly Measured[]): Row[] {
  const mid = (runs: readonly Run[], part: (run: Run) => number | undefined) => {
    const numbers = runs.map(part).filter((each) => each !== undefined)
    return numbers.length === 0 ? null : median(numbers)
  }
  return measured.map(({ size, variant, contender, runs }) => {
    const base = bases[variant]
    const same = (each: Measured) =>
      each.size === size && each.variant === base.variant && each.contender === base.contender
    const baseRuns = measured.find(same)?.runs
    const [wall, cpu] = [mid(runs, (run) => run.wallSeconds)!, mid(runs, (run) => run.cpuSeconds)!]
    return {
      size,
      variant,
      contender,
      wallSeconds: wall,
      cpuSeconds: cpu,
      peakBytes: mid(runs, (run) => run.peakBytes)!,
      startCpuSeconds: mid(runs, (run) => run.startCpuSeconds),
      postgresSeconds: mid(runs, (run) => run.postgresSeconds),
      speed: baseRuns ? mid(baseRuns, (run) => run.wallSeconds)! / wall : null,
      cpu: baseRuns ? cpu / mid(baseRuns, (run) => run.cpuSeconds)! : null,
    }
  })
}

export interface Verdict {
  what: string
  /** Null: not measured in this run. */
  reached: boolean | null
}

export function judge(rows: readonly Row[]): Verdict[] {
  return figures.flatMap(({ size, variant, contender, minSpeed, maxCpu }) => {
    const row = rows.find((each) => each.size === size && each.variant === variant && each.contender === contender)
    const who = `${contenders[contender]}, ${sizeName(size)} ${variants[variant]}`
    const base = contenders[bases[variant].contender].split(',')[0]
    const verdict = (part: string, sign: string, limit: number, is: number | null | undefined): Verdict => ({
      what: `${who}: ${part} ${is == null ? 'not measured' : is.toFixed(2)} (${sign} ${limit.toFixed(1)} × ${base})`,
      reached: is == null ? null : sign === '≥' ? is >= limit : is <= limit,
    })
    return [
      ...(minSpeed === undefined ? [] : [verdict('throughput', '≥', minSpeed, row?.speed)]),
      ...(maxCpu === undefined ? [] : [verdict('CPU', '≤', maxCpu, row?.cpu)]),
    ]
  })
}
