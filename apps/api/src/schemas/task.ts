import {
  publicTaskStates,
  resumeDataHours,
  resumeDataUnavailableReasons,
  waitingReasons,
  warningCodes,
} from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { maximumRate } from './preferred-hours.ts'
import { TaskCountsSchema } from './session.ts'
import { byteCount, closed, id, instant, nullable, oneOf, ref, sessionIdentifier, textMap } from './shapes.ts'

const text = Type.String
const when = (description: string) => nullable(instant(description))

export const WaitingForSchema = Type.Object(
  {
    reason: oneOf(waitingReasons),
    until: Type.Optional(instant('Absent when no clock decides it.')),
    detail: text(),
  },
  { $id: 'WaitingFor', description: 'Why a waiting task has not begun.', ...closed },
)

export const TransactionSchema = Type.Object(
  {
    url: text({ description: 'Without its query.' }),
    status: nullable(Type.Integer()),
    protocol: text(),
    remoteAddressClass: nullable(oneOf(['public', 'private'])),
    domainLookupStart: when('Null: the step did not happen.'),
    domainLookupEnd: when('Null: the step did not happen.'),
    connectStart: when('Null: the step did not happen.'),
    secureConnectionStart: when('Null: the step did not happen.'),
    connectEnd: when('Null: the step did not happen.'),
    requestStart: when('Null: the step did not happen.'),
    responseStart: when('Null: the step did not happen.'),
    responseEnd: when('Null: the step did not happen.'),
    countOfResponseBodyBytesReceived: byteCount('Bytes of the body that arrived.'),
    resumedFrom: nullable(byteCount('The offset it resumed from; null for a whole request.')),
  },
  { $id: 'Transaction', description: 'One request and its response.', ...closed },
)

export const resumeDataUnavailableReason = (why: string) =>
  oneOf(resumeDataUnavailableReasons, {
    description:
      `${why} \`nothingReceived\`: not one part is stored yet (a part is 5 MiB or more). ` +
      '`noStrongValidator`: the origin sent neither a strong ETag nor a strong Last-Modified, or an ETag that changes while the file stays. ' +
      '`rangesNotSupported`: the origin serves no ranges, or answered a request for one with something else. ' +
      '`contentEncoded`: the body is in a content coding (`Content-Encoding`). ' +
      '`allBytesReceived`: the file was just being put together. `contentRefused`: what came is not what was expected, or ' +
      'more than `maximumBytes`. `taskAlreadyEnded`: the task was canceled without resume data, or what was kept has been ' +
      'taken over or has expired.',
  })

export const TaskErrorSchema = Type.Object(
  {
    domain: text({ description: '`NSURLErrorDomain` with its numbers and names, or `BackhaulErrorDomain`.' }),
    code: Type.Integer(),
    name: text(),
    retriable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
    detail: text(),
    resumeData: nullable(text(), {
      description:
        `Of a task that has ended and whose parts are kept (${resumeDataHours} hours): opaque, creates one task that goes ` +
        'on from there, as `retry` does.',
    }),
    resumeDataUnavailableReason: Type.Optional(
      resumeDataUnavailableReason('Of a task that has ended: why nothing is kept of it.'),
    ),
  },
  { $id: 'TaskError', ...closed },
)

export const ResponseSchema = Type.Object(
  {
    status: Type.Integer(),
    mimeType: nullable(text()),
    suggestedFilename: text(),
    etag: nullable(text()),
    lastModified: nullable(text()),
    contentEncoding: nullable(text(), { description: 'The content coding of the stored bytes; null: none.' }),
    lengthVerified: Type.Boolean({
      description: 'False: the body ended with its connection and nothing else, so nothing proves that it is whole.',
    }),
  },
  { $id: 'TaskResponse', description: 'What the origin said of the resource.', ...closed },
)

export const WarningSchema = Type.Object(
  { code: oneOf(warningCodes), detail: text() },
  { $id: 'Warning', description: 'What speaks against a file although its transfer has succeeded.', ...closed },
)

export const FileSchema = Type.Object(
  {
    state: oneOf(['temporary', 'permanent', 'released', 'expired']),
    key: text({ description: 'Its key in object storage.' }),
    bytes: byteCount('Size of what is stored.'),
    checksums: Type.Object(
      {
        crc32: text({ description: 'Base64 of the four big-endian bytes, as S3 writes it.' }),
        sha256: Type.Optional(text({ description: 'Hex.' })),
        md5: Type.Optional(text({ description: 'Hex.' })),
      },
      { description: 'Of what is stored.', ...closed },
    ),
    leaseExpiresAt: when('When a temporary file goes; null: no clock decides it.'),
  },
  { $id: 'File', description: 'What a completed task left in storage.', ...closed },
)

export const ProgressSchema = Type.Object(
  {
    countOfBytesReceived: byteCount('Bytes so far.'),
    countOfBytesExpectedToReceive: nullable(byteCount('Size of the whole file, once known.')),
    fractionCompleted: nullable(Type.Number({ minimum: 0, maximum: 1 })),
    bytesPerSecond: nullable(Type.Number({ minimum: 0 })),
    estimatedSecondsRemaining: nullable(Type.Number({ minimum: 0 })),
  },
  { $id: 'Progress', ...closed },
)

export const TaskSchema = Type.Object(
  {
    id: id('tsk', 'task'),
    taskIdentifier: Type.Integer({ minimum: 1, description: 'Its number in the session.' }),
    sessionIdentifier,
    state: oneOf(publicTaskStates, { description: '`completed`, `failed` and `canceled` are final.' }),
    originalRequest: Type.Object({ url: text(), headers: textMap({ description: 'Values are masked.' }) }, closed),
    currentRequest: Type.Object({ url: text({ description: 'After redirects.' }) }, closed),
    createdIn: oneOf(['foreground', 'background']),
    isDiscretionary: Type.Boolean(),
    effectiveDiscretionary: Type.Boolean({ description: 'True for every task that was created in the background.' }),
    waitingFor: Type.Array(ref(WaitingForSchema), { description: 'Empty unless the task waits.' }),
    plannedStart: when('When it may begin, as far as is known.'),
    latestStart: when('When it begins whatever the conditions.'),
    deadline: when('When it fails unless it has completed.'),
    progress: ref(ProgressSchema),
    attempts: Type.Integer({ minimum: 0, description: 'Attempts that failed at the origin, or succeeded.' }),
    response: nullable(ref(ResponseSchema)),
    file: nullable(ref(FileSchema)),
    error: nullable(ref(TaskErrorSchema), { description: 'The last failure.' }),
    warnings: Type.Array(ref(WarningSchema), {
      description: 'What speaks against the file, as far as `expected` has not settled it; mostly empty.',
    }),
    metrics: Type.Object(
      { transactions: Type.Array(ref(TransactionSchema)), redirectCount: Type.Integer({ minimum: 0 }) },
      closed,
    ),
    priority: Type.Number({ minimum: 0, maximum: 1 }),
    taskDescription: nullable(text()),
    metadata: textMap({}),
    destinationKey: nullable(text(), {
      description: "As given. A completed task's `file.key` says where the file is.",
    }),
    countOfBytesClientExpectsToSend: nullable(byteCount('As given.')),
    countOfBytesClientExpectsToReceive: nullable(byteCount('As given.')),
    maximumBytes: nullable(byteCount('As given.')),
    maximumBytesPerSecond: maximumRate({ description: 'As given.' }),
    createdAt: instant('When it was created.'),
    resumedAt: when('When it was first resumed.'),
    beganAt: when('When its first attempt began; never before `earliestBeginDate`.'),
    endedAt: when('When it ended.'),
    earliestBeginDate: when('As given.'),
  },
  { $id: 'Task', description: 'One request for one URL.', ...closed },
)
export const TaskPageSchema = pageSchema('TaskPage', TaskSchema)

const waitingCounts = Object.fromEntries(
  waitingReasons.map((reason) => [reason, Type.Integer({ minimum: 0 })]),
) as Record<(typeof waitingReasons)[number], ReturnType<typeof Type.Integer>>

export const TaskSummarySchema = Type.Object(
  {
    taskCounts: ref(TaskCountsSchema),
    waitingFor: Type.Object(waitingCounts, {
      description: 'Waiting tasks by reason; one that waits for two counts for both.',
      ...closed,
    }),
  },
  { $id: 'TaskSummary', ...closed },
)

export const CreatedBatchSchema = Type.Object(
  {
    tasks: Type.Array(ref(TaskSchema), { description: 'In the order they were given.' }),
    advice: Type.Array(Type.String(), {
      description: 'How the client could work better with the service, with the figures.',
    }),
  },
  { $id: 'CreatedBatch', ...closed },
)

export const MoveFileSchema = Type.Object(
  { key: text({ minLength: 1, maxLength: 900, description: "A relative path, below the tenant's prefix." }) },
  { $id: 'MoveFile', ...closed },
)
export const RenewFileSchema = Type.Object(
  {
    seconds: Type.Number({ minimum: 1, maximum: 31_536_000, description: 'The lease ends so many seconds from now.' }),
  },
  { $id: 'RenewFile', ...closed },
)
