import type { ApiKey, CreatedApiKey, GivenApiKey } from '@backhaul/sdk'
import type { Scope } from '../rules/scopes.ts'

/** A tenant's own keys, or those that an operator looks at. */
export interface KeysOf {
  queryKey: readonly string[]
  list(signal: AbortSignal): Promise<ApiKey[]>
  create(given: GivenApiKey): Promise<CreatedApiKey>
  rotate(id: string, overlapSeconds: number): Promise<CreatedApiKey>
  revoke(id: string): Promise<void>
  /** What a new key may have. */
  mayGive: readonly Scope[]
  /** The one that this browser signed in with; null: none of them. */
  own: string | null
}
