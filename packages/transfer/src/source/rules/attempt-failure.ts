import type { TaskResponse, Transaction } from '../../http/rules/transaction.ts'
import { TransferError } from '../../http/rules/transfer-error.ts'
import type { Challenge } from './authentication-challenge.ts'

/** The facts known of an attempt that failed. */
export interface AttemptFacts {
  /** The requests that it sent. */
  readonly transactions: readonly Transaction[]
  /** The credential that the origin asks for. Only the host of the task's URL can ask, since no other host gets one. */
  readonly challenge: Challenge | null
  /** The response that failed or broke off. */
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
