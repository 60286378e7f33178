import type { Task } from '../tasks/rules/task.ts'

/** A file's lease, and where it lies. */
export type FileChange =
  | { kind: 'keep' }
  | { kind: 'release' }
  | { kind: 'renew'; seconds: number }
  | { kind: 'moved'; key: string }

export interface FileStore {
  /** Keeps, renews or releases the file in place; `task` shows what it was when refused. */
  changeFile(
    tenantId: string,
    id: string,
    change: FileChange,
  ): Promise<{ kind: 'changed' | 'refused'; task: Task } | 'not_found' | 'key_taken'>
  /** Gives the task the sole right to put its file at `key` (the whole object key). Repeating it is harmless. */
  claimFileKey(taskId: string, key: string): Promise<'claimed' | 'taken'>
  /** Gives up a claim on a key at which the task has put nothing. */
  releaseFileKey(taskId: string, key: string): Promise<void>
}
