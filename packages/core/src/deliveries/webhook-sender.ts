import type { DeliveryOrder } from './rules/receiver-directive.ts'

/** One webhook POST through the same guard: no redirects, nothing decompressed. */
export interface WebhookSender {
  post(request: WebhookRequest): Promise<WebhookResponse>
}

export interface WebhookRequest {
  url: string
  headers: Record<string, string>
  body: string
  /** For the whole exchange. */
  timeoutMs: number
  /** At most so much of the answer's body is read; a longer one is cut, not refused. */
  maxResponseBytes: number
  /** So long the body is waited for when the head is there; absent: it is needed, and may take what is left of the time. */
  bodyTimeoutMs?: number
  signal: AbortSignal
}

/** `status: null` when there was no status line; then `error` says why (never an internal address). */
export interface WebhookResponse {
  status: number | null
  error: string | null
  body: string
  retryAfterSeconds: number | null
  /** What is wrong with the rest of an answer whose status counts: `body` is not whole. */
  note?: string
  /** What the receiver orders. */
  order?: DeliveryOrder
  /** There was no answer because of an internal error, which says nothing of the receiver. */
  isInternalError?: true
}
