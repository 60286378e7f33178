import { type HandledEvent, isChallenge, repeatChallenge } from './challenge.ts'
import { asksForDecision, type Decision } from './decisions.ts'
import type { WebhookEvent } from './events.generated.ts'
import type { RawBody } from './raw-body.ts'
import { readSecrets, type Secrets } from './secrets.ts'
import { type GivenHeaders, readHeaders } from './signed-headers.ts'
import { unwrap } from './unwrap.ts'
import { WebhookVerificationError } from './verification-error.ts'

/** Facts about this delivery of the event. */
export interface Delivery {
  /** The same on every delivery of the event. */
  webhookId: string
  /** When this attempt was made, by the sender's clock. */
  attemptedAt: Date
}

/** Handles an event. The result is sent as the answer: a decision for events that ask, otherwise nothing. */
export type EventHandler = (
  event: HandledEvent,
  delivery: Delivery,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is the common one.
) => Decision | undefined | void | Promise<Decision | undefined | void>

export interface ReceiverOptions {
  /** A secret or several, or a function when they are not known at the start or can change. */
  secret: Secrets | (() => Secrets | Promise<Secrets>)
  /**
   * Called for every verified event, and awaited: 2xx means that you have it. Store or queue it and return; Backhaul waits 20 s.
   * Its errors are handled by your framework (500), and the event comes again.
   * The challenge of an endpoint that must be verified is no event, and answered without it.
   */
  onEvent: EventHandler
  /**
   * Whether the event with this id has been handled already. Then it is accepted without calling `onEvent`. It must not remember the
   * id: do that where the event takes effect, in the same transaction. It is not called for events that ask for a decision, because
   * each delivery of those needs its answer.
   */
  seen?: (webhookId: string) => boolean | Promise<boolean>
  /** Called with the reason when a request is refused, for your log. The response says the same. */
  onRefused?: (error: WebhookVerificationError) => void
  /** How far the clocks may be apart, in seconds. Default 300. */
  toleranceSeconds?: number
}

/** An HTTP response, for the adapters. */
export interface WebhookReply {
  status: number
  headers: Record<string, string>
  body: string | null
}

/** Throws WebhookVerificationError at once when a secret that is known at the start is unusable. */
export function checkOptions({ secret }: ReceiverOptions): void {
  if (typeof secret !== 'function') readSecrets(secret)
}

/** Turns the bytes of one delivery into its response. Rejects only with errors of the user's own functions. */
export async function receive(
  options: ReceiverOptions,
  headers: GivenHeaders,
  readBody: () => Promise<unknown> | unknown,
): Promise<WebhookReply> {
  const { secret, onEvent, seen, onRefused, toleranceSeconds = 300 } = options
  const secrets = typeof secret === 'function' ? await secret() : secret
  let event: WebhookEvent
  try {
    event = await unwrap((await readBody()) as RawBody, headers, secrets, { toleranceSeconds })
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error
    onRefused?.(error)
    return refusal(error)
  }
  // The signature has shown who asks, and to verify it is the proof that is wanted, so no handler is called.
  if (isChallenge(event)) return replyWith(repeatChallenge(event))
  const { id: webhookId, timestamp } = readHeaders(headers)
  if (seen && !asksForDecision(event) && (await seen(webhookId))) return accepted
  const answer = await onEvent(event, { webhookId, attemptedAt: new Date(Number(timestamp) * 1000) })
  if (!answer) return accepted
  return replyWith(answer)
}

function replyWith(answer: object): WebhookReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) }
}

const accepted: WebhookReply = { status: 204, headers: {}, body: null }

/** RFC 9110 §15.5.6. */
export const onlyPost: WebhookReply = { status: 405, headers: { allow: 'POST' }, body: null }

/** A problem document (RFC 9457). Backhaul keeps it in the delivery's log, so the fix can be read there. */
function refusal({ status, title, code, message }: WebhookVerificationError): WebhookReply {
  const problem = { type: 'about:blank', title, status, code, detail: message }
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify(problem) }
}
