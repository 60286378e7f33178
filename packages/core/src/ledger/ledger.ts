import type { Database, Sql } from '../database/database.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'
import { currentRequest } from '../kernel/request-context.ts'
import { type Change, noteChanges } from './audit-row.ts'

/** SQL with ids for new rows and the encryption of secret columns. */
export interface SealingSql extends Sql {
  mint: Mint
  encryptor: Encryptor
}

/** One transaction. */
export interface Tx extends SealingSql {
  /**
   * Says that this transaction changes something that its request asked for, which is put on record with the commit: once
   * a request, by the first transaction that says so. `change`: what its path does not say. Without effect in a worker.
   */
  changed(change?: Change): void
}

/** The database as rooms use it: every change is made in a transaction with ids and encryption. */
export interface Ledger extends Database, SealingSql {
  /** As {@link Database.transaction}. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

export function createLedger(database: Database, mint: Mint, encryptor: Encryptor): Ledger {
  return {
    ...database,
    mint,
    encryptor,
    async transaction(work) {
      const request = currentRequest()
      let notes = noteChanges(mint, request)
      const result = await database.transaction(
        (sql) => {
          // From the start, should an attempt have met a conflict.
          notes = noteChanges(mint, request)
          return work({ ...sql, mint, encryptor, changed: notes.changed })
        },
        () => notes.statement(),
      )
      notes.committed()
      return result
    },
  }
}
