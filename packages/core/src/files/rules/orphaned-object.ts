export interface OrphanedObject {
  key: string
  /** Null: an upload may have begun there whose id was not recorded. */
  uploadId?: string | null
}

export const orphanLeaseSeconds = 120
