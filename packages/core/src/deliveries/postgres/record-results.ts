import { clockNow } from '../../database/database.ts'
import type { Delivery as DeliveryRow } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { masked } from '../../kernel/rules/masking.ts'
import type { CountedAttempts } from '../../ledger/count-usage.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { completionTokens } from '../../wakes/rules/completion-token.ts'
import type { DeliveryResponse, OutgoingDelivery, SentDelivery } from '../delivery-store.ts'
import { loggedHeaders, loggedResponseHeaders, loggedText } from '../rules/attempt-log.ts'
import type { DeliveryOutcome } from '../rules/retry-schedule.ts'
import { encryptAttemptHeaders } from './attempt-headers.ts'

/** Replaces the answer to a question in the log. */
const notKept = '(not kept: it may hold a credential)'

/**
 * The part of a response that goes into the log: printable text without the wake's token, which a receiver that echoes
 * its request would put there in clear.
 */
export function loggable(
  encryptor: Encryptor,
  { wakeId, decision }: OutgoingDelivery,
  response: DeliveryResponse,
): DeliveryResponse {
  const text = loggedText(response.body)
  const told = decision === null ? text : text && notKept
  const { headers: given = {}, ...rest } = response
  const fields = decision === null ? Object.entries(loggedResponseHeaders(given)) : []
  const secrets = wakeId === null || (told === '' && fields.length === 0) ? [] : completionTokens(encryptor, wakeId)
  const clear = (text: string) => secrets.reduce((cut, secret) => cut.replaceAll(secret, masked), text)
  return {
    ...rest,
    ...(fields.length > 0 && { headers: Object.fromEntries(fields.map(([name, value]) => [name, clear(value)])) }),
    ...(response.note !== undefined && { note: loggedText(response.note) }),
    body: clear(told),
    error: response.error === null ? null : loggedText(response.error),
  }
}

/** `outcome` null: the delivery lane is another's by now, and only the attempt's result is written. */
interface LoggedDelivery extends SentDelivery {
  outcome: DeliveryOutcome | null
}
export type RecordedDelivery = Pick<DeliveryRow, 'id' | 'state' | 'wakeId' | 'eventId'> & { eventType: string }

const states = { succeeded: 'succeeded', retry: 'pending', failed: 'failed', gone: 'failed' }

/**
 * Writes the attempts' results and the new states of the deliveries, in order, unless they were canceled meanwhile.
 * `counted`: those that had no result yet.
 */
export async function recordResults(
  tx: Tx,
  sent: readonly LoggedDelivery[],
): Promise<{ recorded: RecordedDelivery[]; counted: CountedAttempts }> {
  if (sent.length === 0) return { recorded: [], counted: { attempts: 0, failed: 0 } }
  const rows = await tx.many<(RecordedDelivery | { id: null }) & CountedAttempts>(
    `with given as (
       select * from unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
         $8::float8[], $9::float8[], $10::bytea[], $11::text[], $12::text[])
         as given(delivery_id, number, status, error, body, state, next_at, ago_ms, duration_ms, headers, note,
           response_headers)
     ), fresh as (
       select count(*)::int as attempts,
         count(*) filter (where given.state <> 'succeeded' or given.status is null or given.status not between 200 and 299)::int as failed
       from given join delivery_attempt a using (delivery_id, number) where a.ended_at is null
     ), answered as (
       update delivery_attempt a set status = given.status, error = given.error, note = given.note, response_body = given.body,
         response_headers = given.response_headers::json,
         request_headers_sealed = coalesce(given.headers, a.request_headers_sealed),
         started_at = greatest(a.started_at, ${clockNow} - make_interval(secs => (ago_ms + duration_ms) / 1000)),
         ended_at = greatest(a.started_at, ${clockNow} - make_interval(secs => ago_ms / 1000))
       from given where a.delivery_id = given.delivery_id and a.number = given.number
         -- That none came says nothing against an answer that is on record.
         and (a.ended_at is null or given.status is not null)
     ), recorded as (
     update delivery d set state = case when d.state = 'pending' then given.state else d.state end,
       next_attempt_at = case when d.state = 'pending' then given.next_at end,
       ended_at = case when given.state = 'pending' then d.ended_at else coalesce(d.ended_at, clock_timestamp()) end
     from given, event e where d.id = given.delivery_id and e.id = d.event_id and given.state is not null
     returning d.id, d.state, d.wake_id, d.event_id, e.type as event_type
     )
     select recorded.*, fresh.attempts, fresh.failed from fresh left join recorded on true`,
    [
      sent.map(({ delivery }) => delivery.deliveryId),
      sent.map(({ delivery }) => delivery.attempts),
      sent.map(({ answer }) => answer.status),
      sent.map(({ answer }) => answer.error),
      sent.map(({ answer }) => answer.body),
      sent.map(({ outcome }) => outcome && states[outcome.kind]),
      sent.map(({ outcome }) => (outcome?.kind === 'retry' ? new Date(outcome.atMs) : null)),
      sent.map(({ agoMs }) => agoMs),
      sent.map(({ durationMs }) => durationMs),
      sent.map(({ delivery, headers }) =>
        headers ? encryptAttemptHeaders(tx.encryptor, delivery.deliveryId, loggedHeaders(headers)) : null,
      ),
      sent.map(({ answer }) => answer.note ?? null),
      sent.map(({ answer }) => (answer.headers ? JSON.stringify(answer.headers) : null)),
    ],
  )
  const byId = new Map(rows.flatMap((row) => (row.id === null ? [] : [[row.id, row] as const])))
  const recorded = sent.flatMap(({ delivery }) => byId.get(delivery.deliveryId) ?? [])
  const { attempts, failed } = rows[0]!
  return { recorded, counted: { attempts, failed } }
}
