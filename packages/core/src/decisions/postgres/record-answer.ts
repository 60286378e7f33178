import type { Decision as DecisionRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { DecisionAnswer } from '../rules/decision.ts'
import { encryptAnswer } from './apply-answer.ts'

/** When the question's fallback comes, Unix ms; null: it is not open. The session is locked. */
export async function readQuestion(tx: Tx, eventId: string): Promise<number | null> {
  const query = "select expires_at from decision where event_id = $1 and state = 'open'"
  const open = await tx.first<Pick<DecisionRow, 'expiresAt'>>(query, [eventId])
  return open?.expiresAt.getTime() ?? null
}

/**
 * Stores a usable answer with its delivery attempt. It takes effect in a transaction of its own (apply-answer.ts),
 * because the task would have to be locked before the session, which is already locked.
 */
export async function keepAnswer(tx: Tx, eventId: string, answer: DecisionAnswer): Promise<void> {
  await tx.run("update decision set state = 'answered', answer_sealed = $2 where event_id = $1", [
    eventId,
    encryptAnswer(tx.encryptor, eventId, answer),
  ])
  await announce(tx, 'work')
}
