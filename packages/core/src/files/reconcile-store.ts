/** A completed task's file that is to be in storage. */
export interface ExpectedFile {
  taskId: string
  key: string
  bytes: number
}

/** Something in storage, and whose bytes it is by its key (null: it lies at a client's own key). */
export interface StoredItem {
  key: string
  taskId: string | null
}

/** What the database says of storage, for comparing both. All verbs may throw DatabaseUnavailable. */
export interface ReconcileStore {
  /** Files that storage must have, in the order of their tasks, behind `after`. `tenantId` null: of all tenants. */
  listExpectedFiles(tenantId: string | null, after: string | null, most: number): Promise<ExpectedFile[]>
  /** The keys among these that rows name, or that the row of their task may come to: that of one that has not ended. */
  findNamedKeys(items: readonly StoredItem[]): Promise<ReadonlySet<string>>
  /** Takes a client's key at which nothing must lie, so that no task puts a file there; false when a task has it. */
  claimUnnamed(key: string): Promise<boolean>
  /** Gives such a key back; null: all that were taken, by a run that did not end. */
  releaseUnnamed(key: string | null): Promise<void>
  /** Ends the file, whose bytes are gone: it expires, with its event. False when it lies elsewhere by now, or has ended. */
  loseFile(file: ExpectedFile): Promise<boolean>
}
