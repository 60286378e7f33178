import type { Log } from '../kernel/log.ts'
import type { EncryptionStore } from './encryption-store.ts'
import { signedHours } from './rules/key-use.ts'

interface ReencryptPorts {
  stores: { encryption: Pick<EncryptionStore, 'moveSealed'> }
  log: Pick<Log, 'info'>
  nowMs(): number
}

/** A run's time: the process may want to end. */
const runMs = 1_000

/**
 * Encrypts some rows with the newest key. Any number of processes may call it, and each may die: what is committed is done, and the next one
 * goes on behind it. Resolves with `more` when there may be more.
 */
export async function reencrypt({ stores, log, nowMs }: ReencryptPorts): Promise<'more' | null> {
  const until = nowMs() + runMs
  let rows = 0
  let last = { table: '', total: 0 }
  const sayMoved = () => {
    if (rows > 0) log.info({ event: 'encryption.rows_moved', rows, ...last }, 'rows were encrypted with the newest key')
  }
  do {
    const outcome = await stores.encryption.moveSealed()
    if (outcome.kind === 'moved') {
      rows += outcome.rows
      last = { table: outcome.table, total: outcome.total }
      continue
    }
    sayMoved()
    if (outcome.kind === 'done') {
      const { released, total } = outcome
      const message = `no row needs the older keys; what they have signed is good for up to ${signedHours} hours`
      log.info({ event: 'encryption.keys_released', keys: released, rows: total }, message)
    }
    return null
  } while (nowMs() < until)
  sayMoved()
  return 'more'
}
