import type { TaskResponse, Transaction } from '../../http/rules/transaction.ts'
import { TransferError } from '../../http/rules/transfer-error.ts'
import type { Challenge } from './authentication-challenge.ts'

/** What is known of an attempt that failed. */
export interface AttemptFacts {
  /** Its requests, as far as it came. */
  readonly transactions: readonly Transaction[]
  /** What the origin wants to see; only of the host that was asked, since no other one gets a credential. */
  readonly challenge: Challenge | null
  /** The response that was the failure, or broke off. */
  readonly response: TaskResponse | null
}

const nothing: AttemptFacts = { transactions: [], challenge: null, response: null }

/** A failure with the facts of its attempt. A layer that knows more of the attempt wraps the failure again: it never changes. */
export class AttemptFailure extends TransferError implements AttemptFacts {
  readonly transactions: AttemptFacts['transactions']
  readonly challenge: AttemptFacts['challenge']
  readonly response: AttemptFacts['response']
  constructor(error: TransferError, more: Partial<AttemptFacts> = {}) {
    const { status, retryAfterSeconds } = error
    super(error.failure, error.message, { status, retryAfterSeconds, cause: error })
    const { transactions, challenge, response } = {
      ...(error instanceof AttemptFailure ? error : nothing),
      ...more,
    }
    this.transactions = transactions
    this.challenge = challenge
    this.response = response
  }
}
