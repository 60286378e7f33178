import { resumeDataHours } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, nullable, ref } from './shapes.ts'
import { resumeDataUnavailableReason, TaskSchema } from './task.ts'
import { maximumBytesPerSecond, metadata, priority, sourceUrl, taskDescription } from './task-input.ts'

export const CancelTaskSchema = Type.Object(
  {
    producingResumeData: Type.Optional(
      Type.Boolean({
        default: false,
        description: `Keep what was received for ${resumeDataHours} hours, for a task made of the resume data.`,
      }),
    ),
  },
  { $id: 'CancelTask', description: 'How a task is canceled.', ...closed },
)

export const CancellationSchema = Type.Object(
  {
    task: ref(TaskSchema),
    resumeData: nullable(Type.String(), {
      description: 'Opaque; creates one task that goes on where this one stopped. Null unless asked for and possible.',
    }),
    resumeDataUnavailableReason: Type.Optional(
      resumeDataUnavailableReason('Why there is none although it was asked for.'),
    ),
  },
  { $id: 'Cancellation', description: 'A canceled task, and what is kept of it.', ...closed },
)

export const RetryTaskSchema = Type.Object(
  { url: Type.Optional(sourceUrl) },
  { $id: 'RetryTask', description: 'How a task is tried again.', ...closed },
)

export const ChangeTaskSchema = Type.Object(
  {
    priority: Type.Optional(priority),
    taskDescription: Type.Optional(nullable(taskDescription, { description: 'Null takes it away.' })),
    metadata: Type.Optional(metadata),
    maximumBytesPerSecond: Type.Optional(maximumBytesPerSecond),
    url: Type.Optional(sourceUrl),
  },
  {
    $id: 'ChangeTask',
    description: 'What is not named stays as it is. `metadata` replaces all that was there.',
    minProperties: 1,
    ...closed,
  },
)
