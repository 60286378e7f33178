import { type Leases, type Queue, waitingReasons } from '@backhaul/core'
import type { Static } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { QueueSchema } from '../schemas/queue.ts'

const read = operation({
  operationId: 'readQueue',
  tag: 'Operators',
  summary: 'Read what is due, claimed and leased',
  description: 'Over all tenants. What would take long to count is in `sample`, which has a time of its own.',
  access: 'operator',
  responses: { 200: { schema: QueueSchema, description: 'The moment.' } },
})

export function queueRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/admin/queue', read, async () => queueView(await deps.stores.operations.readQueue()))
}

function queueView({ at, claimed, workers, deliveryLanes, sample }: Queue): Static<typeof QueueSchema> {
  return {
    at: at.toISOString(),
    claimed: leasesView(claimed),
    workers: workers.map((worker) => ({ ...worker, ...leasesView(worker) })),
    deliveryLanes,
    sample: sample && sampleView(sample),
  }
}

const leasesView = ({ leases, late, nextEndAt }: Leases) => ({
  leases,
  late,
  nextEndAt: nextEndAt?.toISOString() ?? null,
})

function sampleView({ at, tasks, waiting, weights, ...sample }: NonNullable<Queue['sample']>) {
  const { oldestWaitingSeconds, dispatchLagSeconds, oldestDeliverySeconds } = sample
  const { slots, connections, hostsBlocked, deliveriesPending } = sample
  return {
    at: at.toISOString(),
    waiting: tasks.waiting ?? 0,
    due: weights.reduce((sum, { due }) => sum + due, 0),
    waitingFor: Object.fromEntries(waitingReasons.map((reason) => [reason, waiting[reason] ?? 0])) as Record<
      (typeof waitingReasons)[number],
      number
    >,
    oldestWaitingSeconds,
    dispatchLagSeconds,
    slots,
    connections,
    hostsBlocked,
    deliveriesPending,
    oldestDeliverySeconds,
  }
}
