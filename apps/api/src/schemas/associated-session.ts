import { Type } from 'typebox'
import { SessionSchema } from './session.ts'
import { closed, ref } from './shapes.ts'
import { TaskSchema } from './task.ts'

export const AssociatedSessionSchema = Type.Object(
  {
    ...SessionSchema.properties,
    outstandingTasks: Type.Array(ref(TaskSchema), {
      maxItems: 200,
      description: 'The tasks that have not ended, by their numbers: the first 200, the list of tasks has them all.',
    }),
  },
  {
    $id: 'AssociatedSession',
    description: 'A session as a client gets it that makes it or comes back to it: with what it has to take up again.',
    ...closed,
  },
)
