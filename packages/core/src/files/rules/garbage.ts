export interface Garbage {
  key: string
  /** Null: one may have begun there, whose id nobody has written down. */
  uploadId?: string | null
}

export const garbageLeaseSeconds = 120
