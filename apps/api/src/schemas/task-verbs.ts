import { resumeDataHours, resumeDataUnavailableReasons } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, nullable, oneOf, ref } from './shapes.ts'
import { TaskSchema } from './task.ts'
import { metadata, priority, sourceUrl, taskDescription } from './task-input.ts'

export const CancelTaskSchema = Type.Object(
  {
    producingResumeData: Type.Optional(
      Type.Boolean({
        default: false,
        description: `Keep what was received for ${resumeDataHours} hours, for a task made of the resume data.`,
      }),
    ),
  },
  { $id: 'CancelTask', ...closed },
)

export const CanceledTaskSchema = Type.Object(
  {
    task: ref(TaskSchema),
    resumeData: nullable(Type.String(), {
      description: 'Opaque; creates one task that goes on where this one stopped. Null unless asked for and possible.',
    }),
    resumeDataUnavailableReason: Type.Optional(
      oneOf(resumeDataUnavailableReasons, {
        description:
          'Why there is none although it was asked for. `nothingReceived`: not one part is stored yet (a part is 5 MiB or more). ' +
          '`noStrongValidator`: the origin sent no strong ETag. `rangesNotSupported`: the origin serves no ranges. ' +
          '`allBytesReceived`: the file was just being put together. `taskAlreadyEnded`: the task was canceled before without ' +
          'resume data, or what was kept has been taken over or has expired.',
      }),
    ),
  },
  { $id: 'CanceledTask', ...closed },
)

export const ChangeTaskSchema = Type.Object(
  {
    priority: Type.Optional(priority),
    taskDescription: Type.Optional(nullable(taskDescription, { description: 'Null takes it away.' })),
    metadata: Type.Optional(metadata),
    url: Type.Optional(sourceUrl),
  },
  {
    $id: 'ChangeTask',
    description: 'What is not named stays as it is. `metadata` replaces all that was there.',
    minProperties: 1,
    ...closed,
  },
)
