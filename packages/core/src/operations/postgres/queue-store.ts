import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { isResting } from '../../ledger/resting.ts'
import type { Leases, Queue, QueueStore, WorkerLeases } from '../queue-store.ts'
import type { FleetSample } from '../rules/fleet-sample.ts'
import { workerListedSeconds } from '../rules/worker-state.ts'

export function createQueueStore(ledger: Ledger): QueueStore {
  return {
    async readQueue() {
      const { at, workers, claimed, deliveryLanes, sample, sampledAt } = (await ledger.first<QueueRow>(reading))!
      return {
        at,
        claimed: withTime(claimed),
        workers: (workers ?? []).map((worker) => ({ ...worker, ...withTime(worker) })),
        deliveryLanes,
        sample: sample === null || sampledAt === null ? null : { ...sample, at: sampledAt },
      }
    },
  }
}

type InJson<Counted extends Leases> = Omit<Counted, 'nextEndAt'> & { nextEndAt: string | null }
interface QueueRow extends Pick<Queue, 'at' | 'deliveryLanes'> {
  workers: InJson<WorkerLeases>[] | null
  claimed: InJson<Leases>
  sample: FleetSample | null
  sampledAt: Date | null
}

const withTime = ({ leases, late, nextEndAt }: InJson<Leases>): Leases => ({
  leases,
  late,
  nextEndAt: nextEndAt === null ? null : new Date(nextEndAt),
})

const leases = (of: string) =>
  `'leases', coalesce(${of}.leases, 0), 'late', coalesce(${of}.late, 0), 'nextEndAt', ${of}.next_end_at`

/** Tasks in flight are as many as there are places, and lanes that are due or leased are found in partial indexes. */
const reading = `
  with held as materialized (
    select t.worker_id, count(*)::int as leases, count(*) filter (where t.lease_until < statement_timestamp())::int as late,
      min(t.lease_until) as next_end_at
    from task t where ${isInFlight('t')} group by 1
  ), listed as materialized (
    select * from worker_process where seen_at > statement_timestamp() - interval '${workerListedSeconds} seconds'
  )
  select statement_timestamp() as at,
    (select json_build_object(${leases('held')}) from (select) as one left join held on held.worker_id is null) as claimed,
    (select json_agg(json_build_object('workerId', coalesce(p.id, held.worker_id), 'host', p.host, 'slots', p.slots,
        'state', case when p.id is null then 'gone' when p.draining_since is null then 'running' else 'draining' end,
        ${leases('held')}) order by p.id is null, coalesce(p.id, held.worker_id))
      from listed p full join (select * from held where worker_id is not null) held on held.worker_id = p.id) as workers,
    json_build_object(
      'due', (select count(*) from delivery_lane l join endpoint p on p.id = l.endpoint_id
        where l.due_at <= statement_timestamp() and (l.lease_until is null or l.lease_until < statement_timestamp())
          and not ${isResting('p.tenant_id')}),
      'leased', (select count(*) from delivery_lane where lease_until is not null),
      'late', (select count(*) from delivery_lane where lease_until < statement_timestamp())) as delivery_lanes,
    f.sample, f.sampled_at
  from (select) as one left join fleet_sample f on f.id = 1`
