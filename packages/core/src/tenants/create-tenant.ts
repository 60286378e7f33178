import { isReplay, type Once, onceOf, type Replay } from '../kernel/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { type CreatedTenant, scopes, type TenantStore } from './tenant-store.ts'

export interface CreateTenantPorts {
  store: Pick<TenantStore, 'createTenant'>
  mint: Pick<Mint, 'apiKey' | 'hash'>
}

/** `key` is shown this once: only its hash is stored. */
export type NewTenant = CreatedTenant & { key: string }

/** A tenant and its first key, which has every scope. */
export async function createTenant(ports: CreateTenantPorts, name: string): Promise<NewTenant>
export async function createTenant(
  ports: CreateTenantPorts,
  name: string,
  once: Once<NewTenant> | undefined,
): Promise<NewTenant | Replay>
export async function createTenant(
  { store, mint }: CreateTenantPorts,
  name: string,
  once?: Once<NewTenant>,
): Promise<NewTenant | Replay> {
  const key = mint.apiKey()
  const first = { name: 'first key', scopes: [...scopes], hash: mint.hash(key), expiresAt: null }
  const tell = (created: CreatedTenant): NewTenant => ({ ...created, key })
  const created = await store.createTenant(name, first, onceOf(once, tell))
  return isReplay(created) ? created : tell(created)
}
