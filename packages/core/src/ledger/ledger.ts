import type { Database, Sql } from '../database/database.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'

/** One transaction, with what changes need beside SQL: ids for new rows, and the sealing of secret columns. */
export interface Tx extends Sql {
  mint: Mint
  encryptor: Encryptor
}

/** The database as rooms use it: every change is made in a transaction that carries what it needs. */
export interface Ledger extends Database, Tx {
  /** As {@link Database.transaction}. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

export function createLedger(database: Database, mint: Mint, encryptor: Encryptor): Ledger {
  return {
    ...database,
    mint,
    encryptor,
    transaction: (work) => database.transaction((sql) => work({ ...sql, mint, encryptor })),
  }
}
