import type { ResourceUsage } from './resource-usage.ts'

/** One contender's resource usage for one file. */
export interface Run extends ResourceUsage {
  startCpuSeconds?: number
  postgresSeconds?: number
  /** The stored bytes. */
  digest(): Promise<{ bytes: number; sha256: string }>
}
