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
  /** Timeout for the body once the head is there; absent: the body is needed, and may take the rest of the time. */
  bodyTimeoutMs?: number
  signal: AbortSignal
}

/** `status: null` when there was no status line; then `error` says why (never an internal address). */
export interface WebhookResponse {
  status: number | null
  error: string | null
  /** Header fields of the response; absent: there was none, or it was malformed. */
  headers?: Record<string, string>
  body: string
  retryAfterSeconds: number | null
  /** Why `body` is not whole although the response's status counts. */
  note?: string
  /** The receiver's order. */
  order?: DeliveryOrder
  /** There was no answer because of an internal error, which says nothing of the receiver. */
  isInternalError?: true
}
