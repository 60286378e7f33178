import type { Database, Sql } from '../database/database.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'

/** One transaction, with ids for new rows and the encryption of secret columns. */
export interface Tx extends Sql {
  mint: Mint
  encryptor: Encryptor
}

/** The database as rooms use it: every change is made in a transaction with ids and encryption. */
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
