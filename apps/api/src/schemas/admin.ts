import { givenTenantStates, limitNames, tenantStates, tenantWeights } from '@backhaul/core'
import { Type } from 'typebox'
import { ApiKeySchema, secretKey } from './api-key.ts'
import { TenantLimitsSchema } from './limits.ts'
import { pageSchema } from './page.ts'
import { PreferredHoursSchema } from './preferred-hours.ts'
import { closed, id, instant, nullable, oneOf, ref } from './shapes.ts'

const name = Type.String({ minLength: 1, maxLength: 200, description: 'For people.' })

/** The maximum delay, a year in seconds: a longer one is a mistake and may exceed the range of dates. */
const longest = 31_536_000
const ownOrNull = (minimum: number, maximum: number, description: string) =>
  nullable(Type.Number({ minimum, maximum }), { description: `${description} Null: the installation's.` })
const policy = {
  baseSeconds: ownOrNull(0, longest, 'Delay after the first wake, in seconds; 0 switches the wake limiter off.'),
  factor: ownOrNull(1, 1000, 'What each further wake multiplies the delay with.'),
  capSeconds: ownOrNull(0, longest, 'Longest delay, in seconds.'),
}
export const TenantLimiterPolicySchema = Type.Object(policy, {
  $id: 'TenantLimiterPolicy',
  description: "How a tenant's wake limiter counts, where it is not as the installation says.",
  ...closed,
})
export const GivenLimiterPolicySchema = Type.Object(
  {
    baseSeconds: Type.Optional(policy.baseSeconds),
    factor: Type.Optional(policy.factor),
    capSeconds: Type.Optional(policy.capSeconds),
  },
  { $id: 'GivenLimiterPolicy', description: 'What is left out stays as it is.', ...closed },
)

const weight = Type.Number({
  minimum: tenantWeights.least,
  maximum: tenantWeights.most,
  description: `Its share of the places for transfers while other tenants have tasks waiting too, relative to their weights; a new tenant has 1. It
takes effect with the next task that begins.`,
})
const preferredHours = 'When its discretionary tasks may begin, unless their session says otherwise.'
export const TenantSchema = Type.Object(
  {
    id: id('ten', 'tenant'),
    name,
    state: oneOf(tenantStates, {
      description: '`deleting`: all that it has is being removed; then the tenant is gone.',
    }),
    createdAt: instant('When it was created.'),
    weight,
    limiterPolicy: ref(TenantLimiterPolicySchema),
    preferredHours: nullable(ref(PreferredHoursSchema), { description: `${preferredHours} Null: at any time.` }),
    limits: ref(TenantLimitsSchema),
  },
  { $id: 'Tenant', description: 'A client of the service, with everything that is its own.', ...closed },
)
export const TenantPageSchema = pageSchema('TenantPage', TenantSchema)
export const GivenTenantSchema = Type.Object(
  { name },
  { $id: 'GivenTenant', description: 'A tenant that is to be made.', ...closed },
)

export const ChangedTenantSchema = Type.Object(
  {
    name: Type.Optional(name),
    state: Type.Optional(
      oneOf(givenTenantStates, {
        description:
          '`suspended`: its keys are refused, its streams end, nothing begins, running transfers are given back, nothing is sent, and nothing is deleted. Deadlines go on.',
      }),
    ),
    weight: Type.Optional(weight),
    limiterPolicy: Type.Optional(
      nullable(ref(GivenLimiterPolicySchema), { description: "Null: all of the installation's." }),
    ),
    preferredHours: Type.Optional(
      nullable(ref(PreferredHoursSchema), { description: `${preferredHours} Null: at any time.` }),
    ),
    limits: Type.Optional(
      nullable(ref(TenantLimitsSchema), {
        description: "What is left out stays as it is. Null: all of the installation's.",
      }),
    ),
    resetLimits: Type.Optional(
      Type.Array(oneOf(limitNames), {
        uniqueItems: true,
        maxItems: limitNames.length,
        description: "Limits that are the installation's again. One that is in `limits` too has what is given there.",
      }),
    ),
  },
  {
    $id: 'ChangedTenant',
    description: 'What is to be changed of a tenant. What is left out stays as it is.',
    ...closed,
  },
)

export const CreatedTenantSchema = Type.Object(
  { tenant: ref(TenantSchema), apiKey: secretKey, key: ref(ApiKeySchema) },
  { $id: 'CreatedTenant', description: 'The tenant and its first key, which has every scope.', ...closed },
)
