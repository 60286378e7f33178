import { workerStates } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, oneOf } from './shapes.ts'

export const WorkerSchema = Type.Object(
  {
    id: id('wrk', 'worker'),
    version: Type.String({ description: 'Of the service that it runs.' }),
    host: Type.String({ description: 'Name of its machine or container.' }),
    startedAt: instant('When the process started.'),
    lastSeenAt: instant('When it reported last; it does so every 5 s. `running` is from then.'),
    slots: Type.Integer({
      minimum: 1,
      description:
        'Transfers that it runs at most: `WORKER_CONCURRENCY`, and a quarter more for tenants that have none under way.',
    }),
    running: Type.Integer({ minimum: 0, description: 'Transfers in hand.' }),
    state: oneOf(workerStates, {
      description: '`running`: it takes tasks. `draining`: it takes no more, and ends those that it has.',
    }),
  },
  { $id: 'Worker', description: 'A process that fetches and sends.', ...closed },
)
export const WorkerPageSchema = pageSchema('WorkerPage', WorkerSchema)
