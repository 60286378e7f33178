import { publicTaskStates } from '@backhaul/core'
import { type TSchema, Type } from 'typebox'
import { EventSchema } from './event.ts'
import { byteCount, closed, id, nullable, oneOf, ref, sessionIdentifier, union } from './shapes.ts'
import { ProgressSchema, WaitingForSchema } from './task.ts'

const taskId = id('tsk', 'task')

export const TaskStateNoteSchema = Type.Object(
  {
    taskId,
    sessionIdentifier,
    state: oneOf(publicTaskStates, { description: 'The state that it has come to.' }),
    waitingFor: Type.Optional(
      Type.Array(ref(WaitingForSchema), { description: 'Why it waits; absent when nobody had the time to look.' }),
    ),
  },
  { $id: 'TaskStateNote', description: '`task.state`: the task has come to this state.', ...closed },
)

export const TaskProgressNoteSchema = Type.Object(
  { taskId, sessionIdentifier, progress: ref(ProgressSchema) },
  { $id: 'TaskProgressNote', description: '`task.progress`: at most two a second for each task.', ...closed },
)

export const TaskResumedNoteSchema = Type.Object(
  {
    taskId,
    sessionIdentifier,
    offset: byteCount('Bytes that were stored before and are not fetched again.'),
    expectedTotalBytes: nullable(byteCount('Size of the whole file, once known.')),
  },
  { $id: 'TaskResumedNote', description: '`task.resumed_at_offset`: the transfer goes on from there.', ...closed },
)

export const StreamMessageSchema = union<TSchema>(
  'StreamMessage',
  [EventSchema, TaskStateNoteSchema, TaskProgressNoteSchema, TaskResumedNoteSchema],
  {
    description:
      'The `data` of one message, as JSON. `event` is its type, which is not in the data of what only happens: there `state`, `progress` and `offset` tell the members apart. An `id` comes only with what is stored: the events of the feed.',
  },
)
