import { AppError, notFound } from '../../kernel/rules/errors.ts'

/**
 * - `active`: its clients are served.
 * - `suspended`: an operator has stopped it. Its keys are refused, nothing begins, nothing is sent, nothing is deleted.
 * - `deleting`: stopped for good. All that it has is being removed, and the tenant itself last.
 */
export const tenantStates = ['active', 'suspended', 'deleting'] as const
export type TenantState = (typeof tenantStates)[number]

/** The states that an operator gives; deleting is another call. */
export const givenTenantStates = ['active', 'suspended'] as const satisfies TenantState[]
export type GivenTenantState = (typeof givenTenantStates)[number]

/**
 * Range of weights. Next to a tenant with the largest one, the smallest gets a task in a million: less would be a way to
 * suspend it.
 */
export const tenantWeights = { least: 0.001, most: 1_000 } as const

/**
 * Removing begins so long after a tenant's keys have died and its tasks were taken from their workers: whatever was on
 * its way then has ended, and nothing is written behind the removal.
 */
export const removalDelaySeconds = 60
/** A process that dies while it removes keeps the others from it for so long. */
export const removalLeaseSeconds = 30

/** The tenant, unless there is none to change. Throws `not_found`, `tenant_deleting`. */
export function livingTenant<T extends object>(found: T | 'not_found' | 'deleting'): T {
  if (found === 'not_found') throw notFound('tenant')
  if (found === 'deleting')
    throw new AppError('tenant_deleting', 'The tenant is being deleted, which cannot be undone.')
  return found
}
