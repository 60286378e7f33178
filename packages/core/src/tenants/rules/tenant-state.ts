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
