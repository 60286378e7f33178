import type { Spent } from './spent.ts'

/** What one contender cost for one file. */
export interface Run extends Spent {
  startCpuSeconds?: number
  postgresSeconds?: number
  /** What is really stored. */
  digest(): Promise<{ bytes: number; sha256: string }>
}
