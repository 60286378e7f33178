import type { Database, Sql } from '../database/database.ts'
import type { Mint } from '../kernel/ids.ts'
import type { Sealer } from '../kernel/sealer.ts'

/** One transaction, with what changes need beside SQL: ids for new rows, and the sealing of secret columns. */
export interface Tx extends Sql {
  mint: Mint
  sealer: Sealer
}

/** The database as rooms use it: every change is made in a transaction that carries what it needs. */
export interface Ledger extends Database, Tx {
  /** As {@link Database.transaction}. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

export function createLedger(database: Database, mint: Mint, sealer: Sealer): Ledger {
  return {
    ...database,
    mint,
    sealer,
    transaction: (work) => database.transaction((sql) => work({ ...sql, mint, sealer })),
  }
}
