/** A request that was answered. */
export interface AnsweredRequest {
  method: string
  /** Its pattern, never its URL; null: no route has it. */
  route: string | null
  status: number
  durationMs: number
}

/** What a process counts of itself, for the operators' monitoring. `docs/metrics.md` lists it. */
export interface Metrics {
  countRequest(request: AnsweredRequest): void
  /** Bytes of an attempt that has ended which an earlier one had received already. */
  countRefetched(bytes: number): void
  /** All of it, in Prometheus' text format. */
  read(): Promise<{ contentType: string; text: string }>
}
