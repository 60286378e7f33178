import { enterForeground, limiterView, rateLimitFields, simulateWakes } from '@backhaul/core'
import type { App } from '../app.ts'
import { principalOf, tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { rateLimitsOf } from '../http/problems.ts'
import { operation } from '../operation.ts'
import { GivenForegroundSchema, GivenSimulationSchema, LimiterSchema, SimulationSchema } from '../schemas/limiter.ts'

const get = operation({
  operationId: 'getLimiter',
  tag: 'Limiter',
  summary: 'Get the wake limiter',
  description: 'By the database’s clock, with the policy that applies to the tenant.',
  access: 'read',
  responses: { 200: { schema: LimiterSchema, description: 'The limiter as it is now.' } },
})

const enter = operation({
  operationId: 'enterForeground',
  tag: 'Limiter',
  summary: 'Take or renew the foreground lease: a user is looking',
  description:
    'There is no delay while it holds: waiting tasks are released, and events are delivered as they happen, without a wake. At most 30 times an hour.',
  access: 'foreground',
  body: GivenForegroundSchema,
  responses: { 200: { schema: LimiterSchema, description: 'The limiter as it is now.' } },
  problems: ['foreground_rate_limited'],
})

const leave = operation({
  operationId: 'leaveForeground',
  tag: 'Limiter',
  summary: 'End the foreground lease',
  description: 'Harmless when there is none.',
  access: 'foreground',
  responses: { 200: { schema: LimiterSchema, description: 'The limiter as it is now.' } },
})

const simulate = operation({
  operationId: 'simulateLimiter',
  tag: 'Limiter',
  summary: 'Simulate the wake limiter',
  description:
    "What the tenant's policy makes of a client, in virtual time and beginning without a delay. Its tasks are in one session, and it completes each wake at once. Nothing is changed.",
  access: 'read',
  body: GivenSimulationSchema,
  responses: { 200: { schema: SimulationSchema, description: 'The same for the same request and policy.' } },
})

export function limiterRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/limiter', get, async (request) => limiterView(await deps.stores.wakes.readLimiter(tenantOf(request))))

  app.post('/v1/foreground', enter, async (request, reply) => {
    const { limiter, rateLimit } = await enterForeground(deps, principalOf(request), request.body.ttlSeconds)
    reply.headers(rateLimitFields(rateLimit, ...rateLimitsOf(request)))
    return limiterView(limiter)
  })

  app.delete('/v1/foreground', leave, async (request) => {
    const { tenantId, keyId } = principalOf(request)
    return limiterView(await deps.stores.wakes.leaveForeground(tenantId, keyId))
  })

  app.post('/v1/limiter/simulate', simulate, async (request) => simulateWakes(deps, tenantOf(request), request.body))
}
