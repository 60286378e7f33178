import { Type } from 'typebox'
import { closed, id, instant, nullable, oneOf, ref } from './shapes.ts'
import { WaitingCountsSchema } from './task.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const seconds = (description: string) => Type.Number({ minimum: 0, description: `${description} Seconds.` })

const leases = {
  leases: count('Tasks that it has.'),
  late: count('Those whose lease has ended: the reaper is about to take them back.'),
  nextEndAt: nullable(instant('When the first of the leases ends. Workers renew them every few seconds.'), {
    description: 'Null: it has none.',
  }),
}
export const LeasesSchema = Type.Object(leases, { $id: 'Leases', description: 'Tasks in flight.', ...closed })

export const WorkerLeasesSchema = Type.Object(
  {
    workerId: id('wrk', 'worker'),
    host: nullable(Type.String(), { description: 'Name of its machine or container. Null: it is gone.' }),
    slots: nullable(count('Transfers that it runs at most.'), { description: 'Null: it is gone.' }),
    state: oneOf(['running', 'draining', 'gone'], {
      description: '`gone`: it was not seen for a minute, and its leases end.',
    }),
    ...leases,
  },
  { $id: 'WorkerLeases', description: 'Tasks in flight of a worker.', ...closed },
)

export const DeliveryLanesSchema = Type.Object(
  {
    due: count('Lanes with something to send that nobody is at; maybe their endpoint rests.'),
    leased: count('Lanes that a worker is at.'),
    late: count('Of those, the ones whose lease has ended: another worker takes them.'),
  },
  { $id: 'DeliveryLanes', description: 'Sessions that have events for an endpoint.', ...closed },
)

export const QueueSampleSchema = Type.Object(
  {
    at: instant('When it was counted.'),
    waiting: count('Tasks that wait.'),
    due: count('Those of them that may begin and have no place yet.'),
    waitingFor: ref(WaitingCountsSchema),
    oldestWaitingSeconds: seconds('Since the oldest task that waits was created.'),
    dispatchLagSeconds: seconds('For how long the oldest task that may begin has waited for its claim.'),
    slots: count('Transfers that all workers run at once.'),
    connections: count('Connections to origins, of all workers.'),
    hostsBlocked: count('Hosts that are left alone after failures or by their own wish.'),
    deliveriesPending: count('Deliveries that are to be sent.'),
    oldestDeliverySeconds: seconds('Since the oldest delivery that is due became so.'),
  },
  { $id: 'QueueSample', description: 'What one process counts for all, every 15 s or less often.', ...closed },
)

export const QueueSchema = Type.Object(
  {
    at: instant('When that was, by the clock of the database.'),
    claimed: ref(LeasesSchema),
    workers: Type.Array(ref(WorkerLeasesSchema), {
      description: 'Every worker, in the order of their starts; those that are gone and still have leases last.',
    }),
    deliveryLanes: ref(DeliveryLanesSchema),
    sample: nullable(ref(QueueSampleSchema), { description: 'Null: nobody has counted yet.' }),
  },
  {
    $id: 'Queue',
    description:
      'What dispatch and workers are at. `claimed`: tasks that were claimed, and that no worker has begun yet.',
    ...closed,
  },
)
