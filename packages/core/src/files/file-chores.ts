import type { Garbage } from './rules/garbage.ts'

export interface FileChores {
  /** Expires temporary files whose lease has ended and whose completion has been delivered. */
  expireFiles(): Promise<number>
  /** Tasks with garbage, some at a time, leased to the caller for {@link garbageLeaseSeconds}. */
  leaseGarbage(): Promise<{ taskId: string; garbage: Garbage[] }[]>
  clearGarbage(taskId: string, garbage: Garbage[]): Promise<void>
}
