import { inTurn } from '../../database/in-turn.ts'
import { announce, announceAll, notifying } from '../../database/notify.ts'
import { living } from '../../keys/postgres/found-key.ts'
import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { transitionAll } from '../../ledger/transition.ts'

/** Tasks that are taken from their workers, and keys that are announced, in one transaction. A tenant has 128 in flight unless it is allowed more. */
const atOnce = 500

/** Begins or ends the rest of a tenant's queue, whose row this transaction has locked: claims go by it from the commit on. */
export async function setResting(tx: Tx, tenantId: string, resting: boolean): Promise<void> {
  await tx.run('update lane set resting = $2 where tenant_id = $1', [tenantId, resting])
  if (resting) {
    await giveBackRunning(tx, tenantId)
    await announceKeys(tx, tenantId)
    return
  }
  // Tasks, delivery lanes and wakes that have waited.
  await announce(tx, 'work')
}

/** What is open with one of its keys ends at once. */
async function announceKeys(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(`select ${notifying('key', { keyId: 'id' })} from api_key where tenant_id = $1 and ${living} limit $2`, [
    tenantId,
    atOnce,
  ])
}

/**
 * Takes the tasks in flight of a resting tenant from their workers, no attempt charged; their parts stay. The row of
 * its tenant queue is locked, so that nothing more is claimed.
 */
async function giveBackRunning(tx: Tx, tenantId: string): Promise<number> {
  const running = await tx.many<{ id: string }>(
    `select id from task t where t.tenant_id = $1 and ${isInFlight('t')} order by id limit $2 for update`,
    [tenantId, atOnce],
  )
  const ids = running.map(({ id }) => id)
  if (ids.length === 0) return 0
  await transitionAll(tx, 'giveBack', { ids }, { due: true })
  await announceAll(
    tx,
    ids.map((taskId) => ({ kind: 'interrupted', taskId })),
  )
  return ids.length
}

/**
 * Gives back what resting tenants still have in flight: more than one transaction took, or claimed by a process of an
 * older version, which does not know of resting. Some of each; the rest at the next call.
 */
export async function giveBackResting(ledger: Ledger): Promise<number> {
  const tenants = await ledger.many<{ tenantId: string }>(
    `select q.tenant_id from lane q
     where q.resting and exists (select from task t where t.tenant_id = q.tenant_id and ${isInFlight('t')} offset 0)`,
  )
  let count = 0
  await inTurn(
    tenants.map(({ tenantId }) => async () => {
      count += await ledger.transaction(async (tx) => {
        const resting = 'select 1 from lane where tenant_id = $1 and resting for update'
        return (await tx.first(resting, [tenantId])) ? giveBackRunning(tx, tenantId) : 0
      })
    }),
  )
  return count
}
