import { readWorkShares, type WorkShares } from '@backhaul/core'
import type { Static } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { FairnessSchema } from '../schemas/fairness.ts'

const read = operation({
  operationId: 'readFairness',
  tag: 'Operators',
  summary: 'Read how tenants share the work',
  description: `The last hour by minutes, of the ten tenants for which most was done, and of all others together. Dispatch promises that tenants have places in
proportion to their weights while they compete: compare each one's share of \`running\` with its share of the weights of those that do.`,
  access: 'operator',
  responses: { 200: { schema: FairnessSchema, description: 'Every minute, and the moment.' } },
})

export function fairnessRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/admin/fairness', read, async () => fairnessView(await readWorkShares(deps)))
}

function fairnessView({
  stepSeconds,
  from,
  until,
  sampledAt,
  tenants,
  others,
}: WorkShares): Static<typeof FairnessSchema> {
  return {
    stepSeconds,
    from: from.toISOString(),
    until: until.toISOString(),
    sampledAt: sampledAt?.toISOString() ?? null,
    tenants: tenants.map(withTimes),
    others: withTimes(others),
  }
}

const withTimes = <Work extends { data: { at: Date }[] }>(work: Work) => ({
  ...work,
  data: work.data.map((point) => ({ ...point, at: point.at.toISOString() })) as (Omit<Work['data'][number], 'at'> & {
    at: string
  })[],
})
