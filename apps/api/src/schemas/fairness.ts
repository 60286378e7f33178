import { Type } from 'typebox'
import { byteCount, closed, id, instant, nullable, ref } from './shapes.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const WorkPointSchema = Type.Object(
  {
    at: instant('Its beginning, in UTC.'),
    tasksEnded: count('Tasks that completed, failed or were canceled.'),
    bytesReceived: byteCount('Of the tasks that ended.'),
    running: nullable(count('Tasks that ran at its end; null: nobody looked yet.')),
    waiting: nullable(count('Tasks that waited at its end, suspended ones among them; null: nobody looked yet.')),
  },
  { $id: 'WorkPoint', description: 'What was done in a minute.', ...closed },
)

const work = {
  running: count('Tasks that run now.'),
  waiting: count('Tasks that wait now, suspended ones among them.'),
  data: Type.Array(ref(WorkPointSchema), { description: 'Every minute, in the order of time.' }),
}

export const TenantWorkSchema = Type.Object(
  {
    tenantId: id('ten', 'tenant'),
    name: Type.String({ description: 'Of the tenant.' }),
    weight: Type.Number({ description: 'Of the tenant.' }),
    isCompeting: Type.Boolean({
      description: 'Whether it has something to do now: tasks that run, or that may begin and have no place yet.',
    }),
    ...work,
  },
  { $id: 'TenantWork', description: 'What was done for a tenant.', ...closed },
)

export const OthersWorkSchema = Type.Object(
  {
    tenants: count('How many they are, idle ones among them.'),
    competing: count('How many have something to do now.'),
    competingWeight: Type.Number({ minimum: 0, description: 'The weights of those, together.' }),
    ...work,
  },
  { $id: 'OthersWork', description: 'What was done for all other tenants, together.', ...closed },
)

export const FairnessSchema = Type.Object(
  {
    stepSeconds: count('So long is each point.'),
    from: instant('The beginning of the first point.'),
    until: instant('The end of the last point, which is not over.'),
    sampledAt: nullable(instant('When a worker has last looked at the tasks of all tenants; null: never.')),
    tenants: Type.Array(ref(TenantWorkSchema), {
      description: 'Those with the most tasks that ran in the last hour, most first; ten at most.',
    }),
    others: ref(OthersWorkSchema),
  },
  { $id: 'Fairness', description: 'How tenants share the places for transfers.', ...closed },
)
