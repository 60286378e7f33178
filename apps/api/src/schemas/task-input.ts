import { taskLimits } from '@backhaul/core'
import { type TSchema, Type } from 'typebox'
import { maximumRate } from './preferred-hours.ts'
import { byteCount, closed, instant, ref, textMap } from './shapes.ts'

export const sourceUrl = Type.String({
  maxLength: 8192,
  description: 'http or https. No user name, password or private address.',
})
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)

export const priority = Type.Number({
  minimum: 0,
  maximum: 1,
  default: 0.5,
  description: "Among the tenant's own tasks; 1 comes first.",
})
export const taskDescription = Type.String({
  maxLength: taskLimits.descriptionLength,
  description: 'Echoed in every event.',
})
export const metadata = textMap(
  {
    maxProperties: taskLimits.metadataKeys,
    propertyNames: { minLength: 1, maxLength: taskLimits.metadataKeyLength },
    description: `Echoed in every event; ${taskLimits.metadataBytes} bytes as JSON at most.`,
  },
  Type.String({ maxLength: taskLimits.metadataValueLength }),
)

/** In a query: `metadata[key]=value`. */
export const metadataFilter = textMap(
  {
    maxProperties: taskLimits.metadataKeys,
    propertyNames: { minLength: 1, maxLength: taskLimits.metadataKeyLength },
    description: '`metadata[key]=value`; with several, all of them must be in the metadata.',
  },
  Type.String({ maxLength: taskLimits.metadataValueLength }),
)

export const maximumBytesPerSecond = maximumRate({
  description:
    "What its transfer may receive; the session's and the tenant's maximum hold too. Null: no limit of its own.",
})

export const GivenRequestSchema = Type.Object(
  {
    url: sourceUrl,
    headers: optional(textMap({ description: 'Sent with the request. Values are write-only: they are shown masked.' })),
  },
  { $id: 'GivenRequest', description: 'What is asked of the origin.', ...closed },
)

export const ExpectedSchema = Type.Object(
  {
    bytes: optional(byteCount('Exact size.')),
    sha256: optional(Type.String({ pattern: '^[0-9A-Fa-f]{64}$', description: 'SHA-256 in hex.' })),
    md5: optional(Type.String({ pattern: '^[0-9A-Fa-f]{32}$', description: 'MD5 in hex.' })),
    crc32: optional(
      Type.String({
        minLength: 8,
        maxLength: 8,
        description: 'CRC-32 as base64 of four big-endian bytes or as eight hexadecimal digits.',
      }),
    ),
    mimeTypes: optional(
      Type.Array(Type.String({ maxLength: 255, pattern: '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$' }), {
        minItems: 1,
        maxItems: taskLimits.mimeTypes,
        description: 'One of these must be the media type.',
      }),
    ),
  },
  { $id: 'Expected', description: 'What the bytes must be, or the task fails.', ...closed },
)

export const GivenTaskSchema = Type.Object(
  {
    url: optional(sourceUrl),
    request: optional(ref(GivenRequestSchema)),
    earliestBeginDate: optional(instant('Not before; not necessarily at.')),
    countOfBytesClientExpectsToSend: optional(byteCount('A guess that helps scheduling.')),
    countOfBytesClientExpectsToReceive: optional(byteCount('A guess that helps scheduling, never a limit.')),
    priority: optional(priority),
    taskDescription: optional(taskDescription),
    metadata: optional(metadata),
    isDiscretionary: optional(Type.Boolean({ description: "Instead of the session's." })),
    suspended: optional(Type.Boolean({ default: false, description: 'Wait for a call of resume.' })),
    maximumBytes: optional(byteCount('Hard limit: a longer file fails the task.', 1)),
    maximumBytesPerSecond: optional(maximumBytesPerSecond),
    expected: optional(ref(ExpectedSchema)),
    resumeData: optional(
      Type.String({
        maxLength: 1024,
        description:
          'From canceling a task: its request, and what it has received. `maximumBytes`, `maximumBytesPerSecond` and `expected` stay unless given anew.',
      }),
    ),
    destinationKey: optional(
      Type.String({
        minLength: 1,
        maxLength: 900,
        description:
          "Where the file is to be, for good: a relative path, below the tenant's prefix, that no other file has.",
      }),
    ),
  },
  {
    $id: 'GivenTask',
    exactlyOneOf: {
      url: 'GivenTaskWithUrl',
      request: 'GivenTaskWithRequest',
      resumeData: 'GivenTaskWithResumeData',
    },
    description: 'One download: exactly one of `url`, `request` and `resumeData`, and what else is to be said.',
    ...closed,
  },
)

export const GivenBatchSchema = Type.Object(
  {
    tasks: Type.Array(ref(GivenTaskSchema), {
      minItems: 1,
      maxItems: taskLimits.batch,
      description: 'In the order of their numbers.',
    }),
  },
  { $id: 'GivenBatch', description: 'All of them are created or none.', ...closed },
)
