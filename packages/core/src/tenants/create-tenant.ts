import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { mintKey } from '../keys/mint-key.ts'
import { issuerName, scopes } from '../keys/rules/scope.ts'
import type { CreatedTenant, TenantStore } from './tenant-store.ts'

interface CreateTenantPorts {
  stores: { tenants: Pick<TenantStore, 'createTenant'> }
  mint: Pick<Mint, 'apiKey' | 'hash'>
}

/** `key` is shown this once: only its hash is stored. */
type NewTenant = CreatedTenant & { key: string }

/** A tenant and its first key, which has every scope. */
export async function createTenant(ports: CreateTenantPorts, name: string): Promise<NewTenant>
export async function createTenant(
  ports: CreateTenantPorts,
  name: string,
  idempotent: IdempotentRequest<NewTenant> | undefined,
): Promise<NewTenant | Replay>
export async function createTenant(
  { stores, mint }: CreateTenantPorts,
  name: string,
  idempotent?: IdempotentRequest<NewTenant>,
): Promise<NewTenant | Replay> {
  const { key, secret } = mintKey(mint)
  const named = { name: 'first key', scopes: [...scopes], createdBy: issuerName('operator') }
  const first = { ...named, ...secret, allowedCidrs: [], expiresAt: null }
  const resultOf = (created: CreatedTenant): NewTenant => ({ ...created, key })
  const created = await stores.tenants.createTenant(name, first, withOutcome(idempotent, resultOf))
  return isReplay(created) ? created : resultOf(created)
}
