import {
  decisionKinds,
  decisionTimeoutLimits,
  defaultConfiguration as defaults,
  publicTaskStates,
  sessionStates,
} from '@backhaul/core'
import { type TSchemaOptions, Type } from 'typebox'
import { pageSchema } from './page.ts'
import { BandwidthWindowSchema, maxBandwidthWindows, maximumRate, PreferredHoursSchema } from './preferred-hours.ts'
import { closed, id, instant, nullable, oneOf, ref, sessionIdentifier, textMap } from './shapes.ts'
import { NextWakeSchema, WakeSchema } from './wake.ts'

const maxHeaders = 64
const seconds = (minimum: number, maximum: number, options: TSchemaOptions) =>
  Type.Number({ minimum, maximum, ...options })

/** The fields of the configuration besides the delegate. */
const settings = {
  isDiscretionary: Type.Boolean({
    default: defaults.isDiscretionary,
    description: 'Its tasks may wait for good conditions.',
  }),
  preferredHours: nullable(ref(PreferredHoursSchema), {
    default: defaults.preferredHours,
    description: 'When its discretionary tasks may begin, unless it would be too late. Null: as the tenant prefers.',
  }),
  sessionSendsLaunchEvents: Type.Boolean({
    default: defaults.sessionSendsLaunchEvents,
    description: 'False: the client is never woken and pulls its events.',
  }),
  timeoutIntervalForRequest: seconds(1, 86_400, {
    default: defaults.timeoutIntervalForRequest,
    description: 'Seconds without a byte after which an attempt is given up and retried.',
  }),
  timeoutIntervalForResource: seconds(1, 31_536_000, {
    default: defaults.timeoutIntervalForResource,
    description: 'Seconds a task has in total; waiting counts.',
  }),
  httpMaximumConnectionsPerHost: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: defaults.httpMaximumConnectionsPerHost,
    description: 'Connections of this session to one host, over all workers.',
  }),
  httpAdditionalHeaders: textMap({
    default: defaults.httpAdditionalHeaders,
    description: `Headers of every request, ${maxHeaders} at most; those of a task win. Values are write-only: they are shown masked.`,
  }),
  httpStatusPolicy: oneOf(['fail', 'deliver'], {
    default: defaults.httpStatusPolicy,
    description: 'What a 4xx or 5xx answer is: a failure, or a file like any other.',
  }),
  retryStatuses: Type.Array(Type.Integer({ minimum: 400, maximum: 599 }), {
    uniqueItems: true,
    maxItems: 32,
    default: defaults.retryStatuses,
    description:
      'Statuses that are retried with back-off until the deadline although they are final otherwise, such as 403 and 404 where objects appear late.',
  }),
  resumeWithoutValidator: oneOf(['never', 'compare'], {
    default: defaults.resumeWithoutValidator,
    description:
      'What a retry does where the origin gives nothing that identifies a version of the file (a strong ETag, or a strong Last-Modified). `never`: it begins anew. `compare`: it fetches the stored parts again, compares them with what is stored, and stores only what follows.',
  }),
  contentDecoding: oneOf(['keep', 'decode'], {
    default: defaults.contentDecoding,
    description:
      'What is stored of a body in a content coding that nobody asked for. `keep`: its bytes as they are, see `response.contentEncoding`. `decode`: what gzip, deflate, br or zstd make of them; such a download cannot be resumed.',
  }),
  maximumBytesPerSecond: maximumRate({
    default: defaults.maximumBytesPerSecond,
    description:
      "What all its transfers may receive together, over all workers. The tenant's and the task's maximum hold too. Null: no limit of its own.",
  }),
  bandwidthTimetable: Type.Array(ref(BandwidthWindowSchema), {
    maxItems: maxBandwidthWindows,
    default: defaults.bandwidthTimetable,
    description:
      'Times in which another maximum holds in the place of `maximumBytesPerSecond`. Where several windows are open, the smallest counts.',
  }),
  wakeMaximumLatency: nullable(seconds(0, 86_400, {}), {
    default: defaults.wakeMaximumLatency,
    description:
      'Seconds an event is held at most before the client is woken, at the price of more wakes. Null: until the session has drained, so that one batch is one wake, however long it takes.',
  }),
  wakeCompletion: oneOf(['implied', 'explicit'], {
    default: defaults.wakeCompletion,
    description: 'Whether a 2xx to `session.events_finished` completes the wake, or only the call.',
  }),
  delegateDecisions: Type.Array(oneOf(decisionKinds), {
    uniqueItems: true,
    default: defaults.delegateDecisions,
    description:
      'Decisions that the endpoint is asked for, with a webhook whose answer is the decision: before a task with an `earliestBeginDate` begins (`task.will_begin_delayed_request`), and when an origin wants a credential (`task.authentication_challenge`).',
  }),
  decisionTimeout: seconds(decisionTimeoutLimits.minimum, decisionTimeoutLimits.maximum, {
    default: defaults.decisionTimeout,
    description:
      'Seconds a task waits for a usable answer. Then a delayed request begins, and a challenge fails the task.',
  }),
  fileRetention: oneOf(['lease', 'untilReturn', 'permanent'], {
    default: defaults.fileRetention,
    description: 'How long files live: for their lease, until the wake completes, or for good.',
  }),
  fileLeaseSeconds: seconds(60, 31_536_000, {
    default: defaults.fileLeaseSeconds,
    description: 'Seconds a file lives with `fileRetention: lease`.',
  }),
}

export const DelegateSchema = Type.Object(
  {
    kind: Type.Optional(oneOf(['pull'], { description: 'Nobody is called; the client reads the events.' })),
    endpointId: Type.Optional(id('whe', 'endpoint that events go to')),
  },
  {
    $id: 'Delegate',
    description: 'Where events go: exactly one of the fields.',
    exactlyOneOf: { kind: 'PullDelegate', endpointId: 'EndpointDelegate' },
    ...closed,
  },
)

export const GivenDelegateSchema = Type.Object(
  {
    ...DelegateSchema.properties,
    url: Type.Optional(
      Type.String({
        maxLength: 8192,
        description: 'An endpoint is found or made for it; the secret of a new one is in the 201.',
      }),
    ),
  },
  {
    $id: 'GivenDelegate',
    description: 'Where events go: exactly one of the fields.',
    exactlyOneOf: { kind: 'PullDelegate', endpointId: 'EndpointDelegate', url: 'UrlDelegate' },
    ...closed,
  },
)

export const ConfigurationSchema = Type.Object(
  { delegate: ref(DelegateSchema), ...settings },
  { $id: 'Configuration', description: "A session's configuration, frozen when it is created.", ...closed },
)

const { properties: optionalSettings } = Type.Partial(Type.Object(settings))

export const GivenConfigurationSchema = Type.Object(
  { delegate: Type.Optional(ref(GivenDelegateSchema)), ...optionalSettings },
  {
    $id: 'GivenConfiguration',
    description: 'What is left out has its default; a new session needs a delegate.',
    ...closed,
  },
)

export const PutSessionSchema = Type.Object(
  { configuration: Type.Optional(ref(GivenConfigurationSchema)) },
  { $id: 'PutSession', description: 'The configuration that a session has, or is to have.', ...closed },
)

const counts = Object.fromEntries(
  publicTaskStates.map((state) => [state, Type.Integer({ minimum: 0, description: `Tasks that are \`${state}\`.` })]),
) as Record<(typeof publicTaskStates)[number], ReturnType<typeof Type.Integer>>
export const TaskCountsSchema = Type.Object(counts, { $id: 'TaskCounts', description: 'Tasks by state.', ...closed })

export const SessionSchema = Type.Object(
  {
    identifier: sessionIdentifier,
    state: oneOf(sessionStates, {
      description:
        '`finishing`: it takes no new tasks and ends with its last one. `invalidated`: its identifier can be used again.',
    }),
    createdAt: instant('When it was created.'),
    configuration: ref(ConfigurationSchema),
    taskCounts: ref(TaskCountsSchema),
    openWake: nullable(ref(WakeSchema), { description: 'The wake that the client is to complete; null: none.' }),
    undeliveredEvents: Type.Integer({ minimum: 0, description: 'Events that no endpoint has acknowledged yet.' }),
    heldEvents: Type.Integer({ minimum: 0, description: 'Of them, those that are held for the next wake.' }),
    nextWake: nullable(ref(NextWakeSchema), { description: 'Null while no wake is owed.' }),
    advice: Type.Array(Type.String(), {
      description: 'How the client could work better with the service, with the figures.',
    }),
    secret: Type.Optional(
      Type.String({
        description: "The new endpoint's secret. Only in a 201, only when one was made: shown this once.",
      }),
    ),
  },
  { $id: 'Session', description: 'A named group of tasks with one frozen configuration.', ...closed },
)

export const SessionPageSchema = pageSchema('SessionPage', SessionSchema)
