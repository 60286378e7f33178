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
    reason: oneOf(waitingReasons, { description: 'Why. More reasons may come.' }),
    until: Type.Optional(instant('Absent when no clock decides it.')),
    detail: text({ description: 'Why, for people.' }),
  },
  { $id: 'WaitingFor', description: 'Why a waiting task has not begun.', ...closed },
)

export const TransactionSchema = Type.Object(
  {
    url: text({ description: 'Without its query.' }),
    status: nullable(Type.Integer(), { description: 'HTTP status; null: no status line came.' }),
    protocol: text({ description: 'As HTTP names it, such as `http/1.1`.' }),
    remoteAddressClass: nullable(oneOf(['public', 'private']), {
      description: 'What kind of address it went to; null: it did not come to a connection.',
    }),
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
    code: Type.Integer({ description: 'Its number in the domain.' }),
    name: text({ description: 'Its name in the domain, such as `timedOut`.' }),
    retriable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
    detail: text({ description: 'What went wrong, for people.' }),
    resumeData: nullable(text(), {
      description:
        `Of a task that has ended and whose parts are kept (${resumeDataHours} hours): opaque, creates one task that goes ` +
        'on from there, as `retry` does.',
    }),
    resumeDataUnavailableReason: Type.Optional(
      resumeDataUnavailableReason('Of a task that has ended: why nothing is kept of it.'),
    ),
  },
  { $id: 'TaskError', description: 'Why an attempt failed.', ...closed },
)

export const ResponseSchema = Type.Object(
  {
    status: Type.Integer({ description: 'HTTP status.' }),
    mimeType: nullable(text(), { description: 'Media type without its parameters; null: not said.' }),
    suggestedFilename: text({ description: 'What the file would be called on a disk, safe to use.' }),
    etag: nullable(text(), { description: 'As it came; null: not said.' }),
    lastModified: nullable(text(), { description: 'As it came; null: not said.' }),
    contentEncoding: nullable(text(), { description: 'The content coding of the stored bytes; null: none.' }),
    lengthVerified: Type.Boolean({
      description: 'False: the body ended with its connection and nothing else, so nothing proves that it is whole.',
    }),
  },
  { $id: 'TaskResponse', description: 'What the origin said of the resource.', ...closed },
)

export const WarningSchema = Type.Object(
  {
    code: oneOf(warningCodes, { description: 'What kind of warning. More may come.' }),
    detail: text({ description: 'What was found, for people.' }),
  },
  {
    $id: 'TaskWarning',
    description: 'What speaks against a file although its transfer has succeeded.',
    ...closed,
  },
)

export const ChecksumsSchema = Type.Object(
  {
    crc32: text({ description: 'Base64 of the four big-endian bytes, as S3 writes it.' }),
    sha256: Type.Optional(text({ description: 'Hex.' })),
    md5: Type.Optional(text({ description: 'Hex.' })),
  },
  { $id: 'Checksums', description: 'Of what is stored.', ...closed },
)

export const FileSchema = Type.Object(
  {
    state: oneOf(['temporary', 'permanent', 'released', 'expired'], {
      description: '`temporary`: it goes with its lease. `released` and `expired`: it has gone.',
    }),
    key: text({ description: 'Its key in object storage.' }),
    bytes: byteCount('Size of what is stored.'),
    checksums: ref(ChecksumsSchema),
    leaseExpiresAt: when('When a temporary file goes; null: no clock decides it.'),
  },
  { $id: 'TaskFile', description: 'What a completed task left in storage.', ...closed },
)

export const ProgressSchema = Type.Object(
  {
    countOfBytesReceived: byteCount('Bytes so far.'),
    countOfBytesExpectedToReceive: nullable(byteCount('Size of the whole file, once known.')),
    fractionCompleted: nullable(Type.Number({ minimum: 0, maximum: 1 }), {
      description: 'From 0 to 1; null: the size is not known.',
    }),
    bytesPerSecond: nullable(Type.Number({ minimum: 0 }), {
      description: 'Of late; null: not known.',
    }),
    estimatedSecondsRemaining: nullable(Type.Number({ minimum: 0 }), {
      description: 'At that rate; null: rate or size are not known.',
    }),
  },
  { $id: 'Progress', description: 'How far a transfer is.', ...closed },
)

export const OriginalRequestSchema = Type.Object(
  { url: text({ description: 'As given.' }), headers: textMap({ description: 'Values are masked.' }) },
  { $id: 'OriginalRequest', description: 'What the task was created with.', ...closed },
)

export const CurrentRequestSchema = Type.Object(
  { url: text({ description: 'After redirects.' }) },
  { $id: 'CurrentRequest', description: 'What the task asks for now.', ...closed },
)

export const TaskMetricsSchema = Type.Object(
  {
    transactions: Type.Array(ref(TransactionSchema), { description: 'Its requests, in the order of time.' }),
    redirectCount: Type.Integer({ minimum: 0, description: 'Redirects that were followed.' }),
  },
  { $id: 'TaskMetrics', description: 'What the task did on the network.', ...closed },
)

export const TaskSchema = Type.Object(
  {
    id: id('tsk', 'task'),
    taskIdentifier: Type.Integer({ minimum: 1, description: 'Its number in the session.' }),
    sessionIdentifier,
    state: oneOf(publicTaskStates, { description: '`completed`, `failed` and `canceled` are final.' }),
    originalRequest: ref(OriginalRequestSchema),
    currentRequest: ref(CurrentRequestSchema),
    createdIn: oneOf(['foreground', 'background'], { description: 'Where the client was when it created the task.' }),
    isDiscretionary: Type.Boolean({ description: 'As given, or as the session has it.' }),
    effectiveDiscretionary: Type.Boolean({ description: 'True for every task that was created in the background.' }),
    waitingFor: Type.Array(ref(WaitingForSchema), { description: 'Empty unless the task waits.' }),
    plannedStart: when('When it may begin, as far as is known.'),
    latestStart: when('When it begins whatever the conditions.'),
    deadline: when('When it fails unless it has completed.'),
    progress: ref(ProgressSchema),
    attempts: Type.Integer({ minimum: 0, description: 'Attempts that failed at the origin, or succeeded.' }),
    response: nullable(ref(ResponseSchema), { description: 'Null: the origin has not answered yet.' }),
    file: nullable(ref(FileSchema), { description: 'Null: the task has not completed.' }),
    error: nullable(ref(TaskErrorSchema), { description: 'The last failure.' }),
    warnings: Type.Array(ref(WarningSchema), {
      description: 'What speaks against the file, as far as `expected` has not settled it; mostly empty.',
    }),
    metrics: ref(TaskMetricsSchema),
    priority: Type.Number({ minimum: 0, maximum: 1, description: "Among the tenant's own tasks; 1 comes first." }),
    taskDescription: nullable(text(), { description: 'As given; null: none.' }),
    metadata: textMap({ description: 'As given.' }),
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
  waitingReasons.map((reason) => [
    reason,
    Type.Integer({ minimum: 0, description: `Tasks that wait for \`${reason}\`.` }),
  ]),
) as Record<(typeof waitingReasons)[number], ReturnType<typeof Type.Integer>>

export const WaitingCountsSchema = Type.Object(waitingCounts, {
  $id: 'WaitingCounts',
  description: 'Waiting tasks by reason; one that waits for two counts for both.',
  ...closed,
})

export const TaskSummarySchema = Type.Object(
  {
    taskCounts: ref(TaskCountsSchema),
    waitingFor: ref(WaitingCountsSchema),
    readySince: nullable(
      instant(
        'When the task that has been ready for the longest could have begun, as far as its own times go; null: none is ready.',
      ),
    ),
    heldSince: nullable(
      instant('When the oldest of the events happened that are held and worth a wake; null: none is held.'),
    ),
  },
  { $id: 'TaskSummary', description: "A tenant's tasks in numbers.", ...closed },
)

export const CreatedBatchSchema = Type.Object(
  {
    tasks: Type.Array(ref(TaskSchema), { description: 'In the order they were given.' }),
    advice: Type.Array(Type.String(), {
      description: 'How the client could work better with the service, with the figures.',
    }),
  },
  { $id: 'CreatedBatch', description: 'The tasks of a batch.', ...closed },
)

export const MoveFileSchema = Type.Object(
  { key: text({ minLength: 1, maxLength: 900, description: "A relative path, below the tenant's prefix." }) },
  { $id: 'MoveFile', description: 'Where a file is to be.', ...closed },
)
export const RenewFileSchema = Type.Object(
  {
    seconds: Type.Number({ minimum: 1, maximum: 31_536_000, description: 'The lease ends so many seconds from now.' }),
  },
  { $id: 'RenewFile', description: 'How long a file is to be kept.', ...closed },
)
