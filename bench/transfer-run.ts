import type { ResourceUsage } from './resource-usage.ts'

/** What one contender cost for one file. */
export interface Run extends ResourceUsage {
  startCpuSeconds?: number
  postgresSeconds?: number
  /** What is really stored. */
  digest(): Promise<{ bytes: number; sha256: string }>
}
