import type { Sql } from '../../database/database.ts'
import { hostsInFlight } from '../../ledger/in-flight.ts'
import { hostHeadroom } from '../rules/capacity.ts'

/** How many more tasks may begin at each host, read without locks. */
export async function glanceAtHosts(tx: Sql, hosts: readonly string[]): Promise<Map<string, number>> {
  if (hosts.length === 0) return new Map()
  return new Map((await hostsInFlight(tx, hosts)).map((facts) => [facts.host, hostHeadroom(facts)]))
}

/**
 * The exact numbers for those hosts whose row no other dispatcher has locked; the rest is left out. Missing rows are
 * inserted. Locks are taken in the order of names, and tasks in flight are counted in a statement behind them.
 */
export async function lockHosts(tx: Sql, hosts: readonly string[]): Promise<Map<string, number>> {
  if (hosts.length === 0) return new Map()
  const lock = () =>
    tx.many<{ host: string }>('select host from host_state where host = any($1) order by host for update skip locked', [
      hosts,
    ])
  let locked = await lock()
  if (locked.length < hosts.length) {
    const made = await tx.run(
      `insert into host_state (host) select given.host from unnest($1::text[]) as given(host)
       where not exists (select 1 from host_state h where h.host = given.host)
       order by given.host on conflict do nothing`,
      [hosts],
    )
    if (made > 0) locked = await lock()
  }
  return glanceAtHosts(
    tx,
    locked.map(({ host }) => host),
  )
}
