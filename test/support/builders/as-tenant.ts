import { inRequest } from '#core/kernel/request-context.ts'

/** Calls `work` as a request of the tenant would. */
export function asTenant<T>(tenantId: string, work: () => T): T {
  const actor = { kind: 'key', keyId: 'key_of_a_test' } as const
  const request = { address: '::1', requestId: 'a request', action: 'anAction', target: null }
  return inRequest({ tenantId, aboutTenantId: tenantId, actor, ...request }, work)
}
