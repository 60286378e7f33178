// Generated from openapi/openapi.json by scripts/event-types.ts: npm run generate.

/** The events by their type. */
export interface WebhookEvents {
  'task.finished_downloading': TaskFinishedDownloadingEvent
  'task.completed': TaskCompletedEvent
  'session.wake': SessionWakeEvent
  'session.events_finished': SessionEventsFinishedEvent
  'session.invalidated': SessionInvalidatedEvent
  'wake.expired': WakeExpiredEvent
  'file.expired': FileExpiredEvent
  'task.will_begin_delayed_request': TaskWillBeginDelayedRequestEvent
  'task.authentication_challenge': TaskAuthenticationChallengeEvent
  'endpoint.disabled': EndpointDisabledEvent
  'endpoint.test': EndpointTestEvent
  'endpoint.verification': EndpointVerification
}

/** An event as it is delivered; `type` says which. */
export type WebhookEvent = WebhookEvents[keyof WebhookEvents]

/** Of what is stored. */
export interface Checksums {
  /** Base64 of the four big-endian bytes, as S3 writes it. */
  crc32: string
  /** Hex. */
  sha256?: string
  /** Hex. */
  md5?: string
}

/** What the task asks for now. */
export interface CurrentRequest {
  /** After redirects. */
  url: string
}

/** What a completed task left in storage. */
export interface TaskFile {
  /** `temporary`: it goes with its lease. `released` and `expired`: it has gone. */
  state: 'temporary' | 'permanent' | 'released' | 'expired'
  /** Its key in object storage. */
  key: string
  /** Size of what is stored. */
  bytes: number
  checksums: Checksums
  /** When a temporary file goes; null: no clock decides it. RFC 3339. */
  leaseExpiresAt: string | null
}

/** What the task was created with. */
export interface OriginalRequest {
  /** As given. */
  url: string
  /** Values are masked. */
  headers: Record<string, string>
}

/** How far a transfer is. */
export interface Progress {
  /** Bytes so far. */
  countOfBytesReceived: number
  /** Size of the whole file, once known. */
  countOfBytesExpectedToReceive: number | null
  /** From 0 to 1; null: the size is not known. */
  fractionCompleted: number | null
  /** Of late; null: not known. */
  bytesPerSecond: number | null
  /** At that rate; null: rate or size are not known. */
  estimatedSecondsRemaining: number | null
}

/** What the origin said of the resource. */
export interface TaskResponse {
  /** HTTP status. */
  status: number
  /** Media type without its parameters; null: not said. */
  mimeType: string | null
  /** What the file would be called on a disk, safe to use. */
  suggestedFilename: string
  /** As it came; null: not said. */
  etag: string | null
  /** As it came; null: not said. */
  lastModified: string | null
  /** The content coding of the stored bytes; null: none. */
  contentEncoding: string | null
  /** False: the body ended with its connection and nothing else, so nothing proves that it is whole. */
  lengthVerified: boolean
}

/** Why an attempt failed. */
export interface TaskError {
  /** `NSURLErrorDomain` with its numbers and names, or `BackhaulErrorDomain`. */
  domain: string
  /** Its number in the domain. */
  code: number
  /** Its name in the domain, such as `timedOut`. */
  name: string
  /** Whether the same request may succeed later. */
  retriable: boolean
  /** What went wrong, for people. */
  detail: string
  /** Of a task that has ended and whose parts are kept (72 hours): opaque, creates one task that goes on from there, as `retry` does. */
  resumeData: string | null
  /** Of a task that has ended: why nothing is kept of it. `nothingReceived`: not one part is stored yet (a part is 5 MiB or more). `noStrongValidator`: the origin sent neither a strong ETag nor a strong Last-Modified, or an ETag that changes while the file stays. `rangesNotSupported`: the origin serves no ranges, or answered a request for one with something else. `contentEncoded`: the body is in a content coding (`Content-Encoding`). `allBytesReceived`: the file was just being put together. `contentRefused`: what came is not what was expected, or more than `maximumBytes`. `taskAlreadyEnded`: the task was canceled without resume data, or what was kept has been taken over or has expired. */
  resumeDataUnavailableReason?: 'nothingReceived' | 'noStrongValidator' | 'rangesNotSupported' | 'contentEncoded' | 'allBytesReceived' | 'contentRefused' | 'taskAlreadyEnded'
}

/** What the task did on the network. */
export interface TaskMetrics {
  /** Its requests, in the order of time. */
  transactions: Transaction[]
  /** Redirects that were followed. */
  redirectCount: number
}

/** One request for one URL. */
export interface Task {
  /** Id of the task. */
  id: string
  /** Its number in the session. */
  taskIdentifier: number
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** `completed`, `failed` and `canceled` are final. */
  state: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled'
  originalRequest: OriginalRequest
  currentRequest: CurrentRequest
  /** Where the client was when it created the task. */
  createdIn: 'foreground' | 'background'
  /** As given, or as the session has it. */
  isDiscretionary: boolean
  /** True for every task that was created in the background. */
  effectiveDiscretionary: boolean
  /** Empty unless the task waits. */
  waitingFor: WaitingFor[]
  /** When it may begin, as far as is known. RFC 3339. */
  plannedStart: string | null
  /** When it begins whatever the conditions. RFC 3339. */
  latestStart: string | null
  /** When it fails unless it has completed. RFC 3339. */
  deadline: string | null
  progress: Progress
  /** Attempts that failed at the origin, or succeeded. */
  attempts: number
  /** Null: the origin has not answered yet. */
  response: TaskResponse | null
  /** Null: the task has not completed. */
  file: TaskFile | null
  /** The last failure. */
  error: TaskError | null
  /** What speaks against the file, as far as `expected` has not settled it; mostly empty. */
  warnings: TaskWarning[]
  metrics: TaskMetrics
  /** Among the tenant's own tasks; 1 comes first. */
  priority: number
  /** As given; null: none. */
  taskDescription: string | null
  /** As given. */
  metadata: Record<string, string>
  /** As given. A completed task's `file.key` says where the file is. */
  destinationKey: string | null
  /** As given. */
  countOfBytesClientExpectsToSend: number | null
  /** As given. */
  countOfBytesClientExpectsToReceive: number | null
  /** As given. */
  maximumBytes: number | null
  /** Bytes per second. As given. */
  maximumBytesPerSecond: number | null
  /** When it was created. RFC 3339. */
  createdAt: string
  /** When it was first resumed. RFC 3339. */
  resumedAt: string | null
  /** When its first attempt began; never before `earliestBeginDate`. RFC 3339. */
  beganAt: string | null
  /** When it ended. RFC 3339. */
  endedAt: string | null
  /** As given. RFC 3339. */
  earliestBeginDate: string | null
}

/** One request and its response. */
export interface Transaction {
  /** Without its query. */
  url: string
  /** HTTP status; null: no status line came. */
  status: number | null
  /** As HTTP names it, such as `http/1.1`. */
  protocol: string
  /** What kind of address it went to; null: it did not come to a connection. */
  remoteAddressClass: 'public' | 'private' | null
  /** Null: the step did not happen. RFC 3339. */
  domainLookupStart: string | null
  /** Null: the step did not happen. RFC 3339. */
  domainLookupEnd: string | null
  /** Null: the step did not happen. RFC 3339. */
  connectStart: string | null
  /** Null: the step did not happen. RFC 3339. */
  secureConnectionStart: string | null
  /** Null: the step did not happen. RFC 3339. */
  connectEnd: string | null
  /** Null: the step did not happen. RFC 3339. */
  requestStart: string | null
  /** Null: the step did not happen. RFC 3339. */
  responseStart: string | null
  /** Null: the step did not happen. RFC 3339. */
  responseEnd: string | null
  /** Bytes of the body that arrived. */
  countOfResponseBodyBytesReceived: number
  /** The offset it resumed from; null for a whole request. */
  resumedFrom: number | null
}

/** Why a waiting task has not begun. */
export interface WaitingFor {
  /** Why. More reasons may come. */
  reason: 'earliestBeginDate' | 'wakeLimiter' | 'discretionary' | 'tenantCapacity' | 'quota' | 'hostCapacity' | 'hostBackoff' | 'retryBackoff' | 'delegateDecision' | 'capacity'
  /** Absent when no clock decides it. RFC 3339. */
  until?: string
  /** Why, for people. */
  detail: string
}

/** What speaks against a file although its transfer has succeeded. */
export interface TaskWarning {
  /** What kind of warning. More may come. */
  code: 'html_instead_of_file' | 'json_instead_of_file' | 'lfs_pointer' | 'unexpected_size' | 'length_not_verified' | 'lenient_head' | 'no_content' | 'unexpected_status' | 'content_encoded' | 'validator_unstable' | 'ranges_unusable' | 'redirect_credentials_dropped'
  /** What was found, for people. */
  detail: string
}

/** What is asked of the origin. */
export interface GivenRequest {
  /** http or https. No user name, password or private address. */
  url: string
  /** Sent with the request. Values are write-only: they are shown masked. */
  headers?: Record<string, string>
}

/** What becomes of a task whose origin wants a credential. At most 16 KiB of JSON. Any other answer cannot be used and is asked for again. */
export type AuthenticationChallengeAnswer = UseCredential | CancelLoading

/** A name and a password, as Apple calls them. */
export interface BasicCredential {
  /** The default without a `token`. */
  scheme?: 'basic'
  /** Without a colon (RFC 7617). */
  user: string
  /** RFC 7617. */
  password: string
}

/** A token. */
export interface BearerCredential {
  /** The default with a `token`. */
  scheme?: 'bearer'
  /** RFC 6750. */
  token: string
}

/** The task is canceled. */
export interface CancelLoading {
  /** Which decision it is. */
  disposition: 'cancel'
}

/** What an origin wants to see before it answers. */
export interface Challenge {
  /** What the origin answered. */
  status: 401 | 407
  /** The host of the request, with its port unless it is the scheme’s. */
  host: string
  /** In lower case, in the order of `WWW-Authenticate`; empty when it is missing or not understood. */
  schemes: string[]
  /** Of the first scheme that has one. */
  realm: string | null
}

/** The task begins with the request that it has. */
export interface ContinueLoading {
  /** Which decision it is. */
  disposition: 'continueLoading'
}

/** Sent to the task's host in the `Authorization` header, and nowhere else. */
export type Credential = BasicCredential | UsernameCredential | BearerCredential

/** What becomes of a delayed request. At most 16 KiB of JSON. Any other answer cannot be used and is asked for again. */
export type DelayedRequestAnswer = ContinueLoading | UseNewRequest | CancelLoading

/** The task is tried again with the credential. */
export interface UseCredential {
  /** Which decision it is. */
  disposition: 'useCredential'
  credential: Credential
}

/** The task begins with this request, which is a whole one. */
export interface UseNewRequest {
  /** Which decision it is. */
  disposition: 'useNewRequest'
  request: GivenRequest
}

/** The same with the more usual word for the name. */
export interface UsernameCredential {
  /** The default without a `token`. */
  scheme?: 'basic'
  /** Without a colon (RFC 7617). */
  username: string
  /** RFC 7617. */
  password: string
}

/** Which endpoint was disabled, and why. */
export interface EndpointDisabledData {
  /** Id of the endpoint that gets nothing more. */
  endpointId: string
  /** Null for a stream. */
  url: string | null
  /** Why, for people. */
  reason: string
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** Which endpoint is tested. */
export interface EndpointTestData {
  /** Id of the endpoint that is tested. */
  endpointId: string
  example?: EventExample
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** What an event of the type that was asked for looks like. */
export interface EventExample {
  /** The type that was asked for. */
  type: 'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test'
  /** What `data` is of such an event. */
  data: Record<string, unknown>
}

/** Which file has gone. */
export interface FileExpiredData {
  /** Id of the task whose file it was. */
  taskId: string
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** The wake that has opened. */
export interface SessionWakeData {
  /** How many events follow. */
  eventCount: number
  /** When the wake expires. RFC 3339. */
  deadline: string
  /** The wake limiter's delay from now on, in seconds. */
  delayAfterSeconds: number
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
  /** For `POST /v1/wakes/{id}/complete`. */
  completionToken?: string
}

/** The task, and what its origin wants. */
export interface TaskChallengeData {
  task: Task
  challenge: Challenge
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** The task, as it was then. */
export interface TaskEventData {
  task: Task
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** The wake, and nothing else. */
export interface WakeEventData {
  /** The wake it is delivered in; null before there is one. */
  wakeId: string | null
}

/** Until it comes, events wait. Further members do not matter. */
export interface EndpointVerificationAnswer {
  /** As it came. */
  challenge: string
}

/** What the receiver is asked. */
export interface EndpointVerificationData {
  /** Id of the endpoint. */
  endpointId: string
  /** To be repeated in the answer. */
  challenge: string
}

/** Asked before the first event of an endpoint that must be verified, and again at a new URL. */
export interface EndpointVerification {
  /** Id of the attempt; another one each time. */
  id: string
  /** What tells it from events. */
  type: 'endpoint.verification'
  /** When it was asked. RFC 3339. */
  timestamp: string
  data: EndpointVerificationData
}

/** The task's bytes are in storage. */
export interface TaskFinishedDownloadingEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'task.finished_downloading'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: TaskEventData
}

/** The last event of a task; `error` is null on success. */
export interface TaskCompletedEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'task.completed'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: TaskEventData
}

/** The client is woken: the events it has missed follow. */
export interface SessionWakeEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'session.wake'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: SessionWakeData
}

/** All events of the wake have been delivered. */
export interface SessionEventsFinishedEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'session.events_finished'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: WakeEventData
}

/** The last event of a session: its identifier can be used again. */
export interface SessionInvalidatedEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'session.invalidated'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: WakeEventData
}

/** The client did not complete the wake in time. */
export interface WakeExpiredEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'wake.expired'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: WakeEventData
}

/** A temporary file has gone. After the end of its session it is one of the tenant's events and goes to all of its endpoints. */
export interface FileExpiredEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'file.expired'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. Null: its session has ended. */
  sessionIdentifier: string | null
  /** Its number in the session, without gaps. Null: its session has ended. */
  sequence: number | null
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: FileExpiredData
}

/** A delayed task is about to begin. The answer decides whether it does, and with which request. */
export interface TaskWillBeginDelayedRequestEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'task.will_begin_delayed_request'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: TaskEventData
}

/** An origin wants a credential. The answer gives one, or cancels the task. */
export interface TaskAuthenticationChallengeEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'task.authentication_challenge'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. */
  sessionIdentifier: string
  /** Its number in the session, without gaps. */
  sequence: number
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: TaskChallengeData
}

/** An endpoint was disabled; its other ones are told. */
export interface EndpointDisabledEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'endpoint.disabled'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. Always null: it belongs to no session. */
  sessionIdentifier: string | null
  /** Its number in the session, without gaps. Always null: it belongs to no session. */
  sequence: number | null
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: EndpointDisabledData
}

/** Somebody asked for it, to see whether it arrives. */
export interface EndpointTestEvent {
  /** Id of the event; the same on every delivery. */
  id: string
  /** What happened. */
  type: 'endpoint.test'
  /** When it happened. RFC 3339. */
  timestamp: string
  /** The session's identifier, unique in the tenant. Always null: it belongs to no session. */
  sessionIdentifier: string | null
  /** Its number in the session, without gaps. Always null: it belongs to no session. */
  sequence: number | null
  /** Its number among all of the tenant's events: the order of the feed. */
  tenantSequence: number
  /** Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints. */
  position: number | null
  data: EndpointTestData
}
