/** What may be said of any call. */
export interface RequestOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** For each attempt, in milliseconds; instead of the client's. */
  timeoutMs?: number | undefined
  /** Instead of the client's. */
  maxRetries?: number | undefined
  /**
   * For calls that create: makes repeating them harmless for 48 hours, also from another process. One is made if none is given, which
   * covers the retries of this call.
   */
  idempotencyKey?: string | undefined
  headers?: Record<string, string> | undefined
}
