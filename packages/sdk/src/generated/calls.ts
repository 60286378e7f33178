// Generated from openapi/openapi.json by scripts/sdk-calls.ts: npm run generate.
import type { List } from '../list.ts'
import type { RequestOptions } from '../request-options.ts'
import { type Query, Resource } from '../resource.ts'
import { path } from '../rules/path.ts'
import type {
  ApiKey,
  ApiKeyPage,
  AssociatedSession,
  AttemptList,
  AuditEntry,
  AuditPage,
  CancelTask,
  Cancellation,
  ChangeEndpoint,
  ChangeTask,
  ChangedTenant,
  CompleteWake,
  CreatedApiKey,
  CreatedBatch,
  CreatedTenant,
  Delivery,
  DeliveryPage,
  Endpoint,
  EndpointPage,
  EndpointStats,
  EndpointStatsPage,
  Event,
  EventFeed,
  ExtendWake,
  Fairness,
  GetTaskData,
  GetTaskTimelineData,
  GivenAnswer,
  GivenApiKey,
  GivenBatch,
  GivenEndpoint,
  GivenForeground,
  GivenRecovery,
  GivenSignIn,
  GivenSimulation,
  GivenTask,
  GivenTenant,
  Host,
  HostPage,
  Limiter,
  Limits,
  ListAllAuditData,
  ListApiKeysData,
  ListAuditData,
  ListDeliveriesData,
  ListEndpointStatsData,
  ListEndpointsData,
  ListEventsData,
  ListHostsData,
  ListSessionTasksData,
  ListSessionsData,
  ListTasksData,
  ListTenantApiKeysData,
  ListTenantsData,
  ListUsageData,
  ListWakesData,
  ListWorkersData,
  Live,
  MoveFile,
  OperatorAuditEntry,
  OperatorAuditPage,
  PutSession,
  Queue,
  ReadStatsData,
  ReadUsageData,
  Ready,
  Recovery,
  RenewFile,
  RetryTask,
  RotateApiKey,
  RotateSecret,
  SentTest,
  Session,
  SessionPage,
  ShownEndpoint,
  SignIn,
  SigningKeys,
  Simulation,
  Stats,
  Task,
  TaskFile,
  TaskPage,
  TaskSummary,
  Tenant,
  TenantPage,
  TenantUsagePage,
  TenantUsagePoint,
  TestEndpoint,
  Timeline,
  TimelineEntry,
  Usage,
  Wake,
  WakePage,
  Worker,
  WorkerPage,
} from './types.ts'

export class SessionsCalls extends Resource {
  /**
   * Create a session, or find it again: `PUT /v1/sessions/{identifier}`.
   *
   * The configuration is frozen when the session is created. The same call again answers 200 with the session as it is, and pending deliveries start again; without a configuration, any session of that identifier is found.
   *
   * @param identifier The session's identifier, unique in the tenant.
   * @throws BackhaulError with `configuration_mismatch`, `delegate_required`, `forbidden_header`, `unsupported_url`, `destination_denied`, `quota_exceeded`
   */
  async open(identifier: string, body?: PutSession, options?: RequestOptions): Promise<AssociatedSession> {
    return this.call('PUT', path`/v1/sessions/${identifier}`, options, { body })
  }

  /**
   * Get a session: `GET /v1/sessions/{identifier}`.
   *
   * Once it is invalidated, it is shown until its identifier is used again; the newest one of an identifier is meant.
   *
   * @param identifier The session's identifier, unique in the tenant.
   */
  async get(identifier: string, options?: RequestOptions): Promise<Session> {
    return this.call('GET', path`/v1/sessions/${identifier}`, options)
  }

  /**
   * List sessions: `GET /v1/sessions`.
   *
   * In the order of their creation, invalidated ones too: an identifier that was used again is there more than once.
   */
  list(query?: Query<ListSessionsData>, options?: RequestOptions): List<Session, SessionPage> {
    return this.paged('/v1/sessions', query, options)
  }

  /**
   * Take no new tasks, and end when the tasks have ended: `POST /v1/sessions/{identifier}/finish-and-invalidate`.
   *
   * Suspended tasks have not ended: resume or cancel them. `session.invalidated` is the last event; when the client has still to be woken, it follows `session.events_finished` or the end of the wake. The identifier can be used again then. Repeating it is harmless.
   *
   * @param identifier The session's identifier, unique in the tenant.
   */
  async finishAndInvalidate(identifier: string, options?: RequestOptions): Promise<Session> {
    return this.call('POST', path`/v1/sessions/${identifier}/finish-and-invalidate`, options)
  }

  /**
   * Take no new tasks, cancel all there are, and end: `POST /v1/sessions/{identifier}/invalidate-and-cancel`.
   *
   * Running transfers are interrupted at once; of very many tasks the last ones are canceled a little later. Each gets its `task.completed`. `session.invalidated` is the last event, as with `finish-and-invalidate`. Repeating it is harmless.
   *
   * @param identifier The session's identifier, unique in the tenant.
   */
  async invalidateAndCancel(identifier: string, options?: RequestOptions): Promise<Session> {
    return this.call('POST', path`/v1/sessions/${identifier}/invalidate-and-cancel`, options)
  }

  /**
   * List a session's tasks: `GET /v1/sessions/{identifier}/tasks`.
   *
   * In the order of their numbers, or with `order` from the newest on, ended ones included.
   *
   * @param identifier The session's identifier, unique in the tenant.
   */
  listTasks(identifier: string, query?: Query<ListSessionTasksData>, options?: RequestOptions): List<Task, TaskPage> {
    return this.paged(() => path`/v1/sessions/${identifier}/tasks`, query, options)
  }

  /**
   * Count a session's tasks by state, and waiting ones by what they wait for: `GET /v1/sessions/{identifier}/tasks/summary`.
   *
   * A task that waits for several things counts for each of them.
   *
   * @param identifier The session's identifier, unique in the tenant.
   */
  async taskSummary(identifier: string, options?: RequestOptions): Promise<TaskSummary> {
    return this.call('GET', path`/v1/sessions/${identifier}/tasks/summary`, options)
  }
}

export class TasksCalls extends Resource {
  /**
   * Create a task: `POST /v1/sessions/{identifier}/tasks`.
   *
   * One request for one URL, resumed at once unless `suspended`. It is stored when the response comes: whatever dies afterwards, the task goes on.
   *
   * @param identifier The session's identifier, unique in the tenant.
   * @throws BackhaulError with `idempotency_key_in_use`, `session_invalidated`, `file_key_taken`, `idempotency_key_reused`, `unsupported_url`, `destination_denied`, `forbidden_header`, `invalid_resume_data`, `quota_exceeded`
   */
  async create(identifier: string, body: GivenTask, options?: RequestOptions): Promise<Task> {
    return this.call('POST', path`/v1/sessions/${identifier}/tasks`, options, { body, creates: true })
  }

  /**
   * Create up to a thousand tasks: `POST /v1/sessions/{identifier}/tasks/batch`.
   *
   * All of them are created or none; the errors of all tasks are listed with their indices, the first 100 of them.
   *
   * @param identifier The session's identifier, unique in the tenant.
   * @throws BackhaulError with `idempotency_key_in_use`, `session_invalidated`, `file_key_taken`, `idempotency_key_reused`, `unsupported_url`, `destination_denied`, `forbidden_header`, `invalid_resume_data`, `quota_exceeded`
   */
  async createBatch(identifier: string, body: GivenBatch, options?: RequestOptions): Promise<CreatedBatch> {
    return this.call('POST', path`/v1/sessions/${identifier}/tasks/batch`, options, { body, creates: true })
  }

  /**
   * List tasks of all sessions: `GET /v1/tasks`.
   *
   * Filters narrow each other. What a waiting task waits for is looked up for the page.
   */
  list(query?: Query<ListTasksData>, options?: RequestOptions): List<Task, TaskPage> {
    return this.paged('/v1/tasks', query, options)
  }

  /**
   * Count tasks by state, and waiting ones by what they wait for; and since when: `GET /v1/tasks/summary`.
   *
   * A task that waits for several things counts for each of them.
   */
  summary(options?: RequestOptions): Promise<TaskSummary> {
    return this.call('GET', '/v1/tasks/summary', options)
  }

  /**
   * Get a task, or wait for its end: `GET /v1/tasks/{id}`.
   *
   * With `wait` the response comes when the task has ended, or after so many seconds with the task as it is then.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_gone`
   */
  async get(id: string, query?: Query<GetTaskData>, options?: RequestOptions): Promise<Task> {
    return this.call('GET', path`/v1/tasks/${id}`, options, { query })
  }

  /**
   * Change a task, or renew its URL: `PATCH /v1/tasks/{id}`.
   *
   * A new `url` is tried at once, from behind what is stored if its validator is the same. A running attempt at the old one is called off and not charged. The task's headers stay if scheme, host and port do; otherwise they are dropped.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_already_ended`, `task_gone`, `unsupported_url`, `destination_denied`
   */
  async update(id: string, body?: ChangeTask, options?: RequestOptions): Promise<Task> {
    return this.call('PATCH', path`/v1/tasks/${id}`, options, { body })
  }

  /**
   * Suspend a task: `POST /v1/tasks/{id}/suspend`.
   *
   * Repeating it is harmless.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_already_ended`, `task_gone`
   */
  async suspend(id: string, options?: RequestOptions): Promise<Task> {
    return this.call('POST', path`/v1/tasks/${id}/suspend`, options)
  }

  /**
   * Resume a task: `POST /v1/tasks/{id}/resume`.
   *
   * Repeating it is harmless.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_already_ended`, `task_gone`
   */
  async resume(id: string, options?: RequestOptions): Promise<Task> {
    return this.call('POST', path`/v1/tasks/${id}/resume`, options)
  }

  /**
   * Cancel a task: `POST /v1/tasks/{id}/cancel`.
   *
   * Repeating it is harmless. With `producingResumeData`, what was received is kept, and the resume data creates a task that takes it over; while it is kept, repeating the call gives the same resume data.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_already_ended`, `task_gone`
   */
  async cancel(id: string, body?: CancelTask, options?: RequestOptions): Promise<Cancellation> {
    return this.call('POST', path`/v1/tasks/${id}/cancel`, options, { body })
  }

  /**
   * Create the same task again: `POST /v1/tasks/{id}/retry`.
   *
   * For a task that failed or was canceled: a new one in its session, with its request and settings. What the old one keeps (see `error.resumeData`) goes to the first that asks for it, and is fetched on from if the validator is still the same. With `url`, for another URL: the headers stay if scheme, host and port do; otherwise they are dropped.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `idempotency_key_in_use`, `task_not_ended`, `task_already_completed`, `session_invalidated`, `file_key_taken`, `task_gone`, `idempotency_key_reused`, `unsupported_url`, `destination_denied`, `quota_exceeded`
   */
  async retry(id: string, body?: RetryTask, options?: RequestOptions): Promise<Task> {
    return this.call('POST', path`/v1/tasks/${id}/retry`, options, { body, creates: true })
  }

  /**
   * Get what happened to a task, and why: `GET /v1/tasks/{id}/timeline`.
   *
   * What let it begin or held it back, its attempts and their failures, its requests, its end, the events that told of it with their deliveries and wakes, and what became of its file.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `task_gone`
   */
  timeline(id: string, query?: Query<GetTaskTimelineData>, options?: RequestOptions): List<TimelineEntry, Timeline> {
    return this.paged(() => path`/v1/tasks/${id}/timeline`, query, options)
  }
}

export class FilesCalls extends Resource {
  /**
   * Keep a file for good: `POST /v1/tasks/{id}/file/keep`.
   *
   * The file becomes permanent where it is. Repeating it is harmless.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `file_not_available`, `task_gone`, `file_gone`
   */
  async keep(id: string, options?: RequestOptions): Promise<TaskFile> {
    return this.call('POST', path`/v1/tasks/${id}/file/keep`, options)
  }

  /**
   * Put a file at a key of your own, for good: `POST /v1/tasks/{id}/file/move`.
   *
   * The key lies below the tenant’s prefix, and no other file is ever overwritten. The file becomes permanent.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `file_not_available`, `file_key_taken`, `task_gone`, `file_gone`
   */
  async move(id: string, body: MoveFile, options?: RequestOptions): Promise<TaskFile> {
    return this.call('POST', path`/v1/tasks/${id}/file/move`, options, { body })
  }

  /**
   * Renew a file's lease: `POST /v1/tasks/{id}/file/renew`.
   *
   * The lease ends so many seconds from now, also if that is sooner than before.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `file_not_available`, `task_gone`, `file_gone`
   */
  async renew(id: string, body: RenewFile, options?: RequestOptions): Promise<TaskFile> {
    return this.call('POST', path`/v1/tasks/${id}/file/renew`, options, { body })
  }

  /**
   * Delete a file: `POST /v1/tasks/{id}/file/release`.
   *
   * Repeating it is harmless.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `file_not_available`, `task_gone`, `file_gone`
   */
  async release(id: string, options?: RequestOptions): Promise<TaskFile> {
    return this.call('POST', path`/v1/tasks/${id}/file/release`, options)
  }
}

export class ReceiptsCalls extends Resource {
  /**
   * Get a completed task's receipt: `GET /v1/tasks/{id}/receipt`.
   *
   * What was stored, from where and when, signed. It stays when the file is gone, and is the same text every time for as long as the signing key and `PUBLIC_URL` are.
   *
   * @param id Id of the task.
   * @throws BackhaulError with `receipt_not_available`, `task_gone`
   */
  async get(id: string, options?: RequestOptions): Promise<string> {
    return this.call('GET', path`/v1/tasks/${id}/receipt`, options)
  }

  /**
   * Get the public keys that verify receipts: `GET /.well-known/jwks.json`.
   *
   * Retired keys stay in the set, because they go on to verify older receipts.
   */
  signingKeys(options?: RequestOptions): Promise<SigningKeys> {
    return this.call('GET', '/.well-known/jwks.json', options)
  }
}

export class EventsCalls extends Resource {
  /**
   * Read the events: `GET /v1/events`.
   *
   * The same events as the webhooks, in the order they happened, or with `order` from the newest on. Going on from a cursor never skips one that is kept: events are, for 30 days unless the operator says otherwise, and a cursor that is older goes on with the oldest one.
   */
  list(query?: Query<ListEventsData>, options?: RequestOptions): List<Event, EventFeed> {
    return this.paged('/v1/events', query, options, 'after')
  }
}

export class EndpointsCalls extends Resource {
  /**
   * Create a webhook endpoint: `POST /v1/webhook-endpoints`.
   *
   * Its secret is shown in this response and never again.
   *
   * @throws BackhaulError with `idempotency_key_in_use`, `idempotency_key_reused`, `unsupported_url`, `destination_denied`, `forbidden_header`, `invalid_secret`, `quota_exceeded`
   */
  create(body?: GivenEndpoint, options?: RequestOptions): Promise<ShownEndpoint> {
    return this.call('POST', '/v1/webhook-endpoints', options, { body, creates: true })
  }

  /**
   * List webhook endpoints: `GET /v1/webhook-endpoints`.
   *
   * Disabled ones included; deleted ones are not.
   */
  list(query?: Query<ListEndpointsData>, options?: RequestOptions): List<Endpoint, EndpointPage> {
    return this.paged('/v1/webhook-endpoints', query, options)
  }

  /**
   * See how the last attempts of endpoints went: `GET /v1/webhook-endpoints/stats`.
   *
   * How many were acknowledged, and how long they took. A question costs the same however many there were.
   */
  stats(query?: Query<ListEndpointStatsData>, options?: RequestOptions): List<EndpointStats, EndpointStatsPage> {
    return this.paged('/v1/webhook-endpoints/stats', query, options)
  }

  /**
   * Get a webhook endpoint: `GET /v1/webhook-endpoints/{id}`.
   *
   * Secrets and the values of header fields are not shown.
   *
   * @param id Id of the endpoint.
   */
  async get(id: string, options?: RequestOptions): Promise<Endpoint> {
    return this.call('GET', path`/v1/webhook-endpoints/${id}`, options)
  }

  /**
   * Change a webhook endpoint: `PATCH /v1/webhook-endpoints/{id}`.
   *
   * Holds for every POST from now on; events that have been queued for it stay. A new `url` has to be verified again, if the endpoint must be.
   *
   * @param id Id of the endpoint.
   * @throws BackhaulError with `unsupported_url`, `destination_denied`, `forbidden_header`
   */
  async update(id: string, body?: ChangeEndpoint, options?: RequestOptions): Promise<Endpoint> {
    return this.call('PATCH', path`/v1/webhook-endpoints/${id}`, options, { body })
  }

  /**
   * Delete a webhook endpoint: `DELETE /v1/webhook-endpoints/{id}`.
   *
   * Refused while a session delivers to it. What is pending for it is called off.
   *
   * @param id Id of the endpoint.
   * @throws BackhaulError with `endpoint_in_use`
   */
  async delete(id: string, options?: RequestOptions): Promise<void> {
    return this.call('DELETE', path`/v1/webhook-endpoints/${id}`, options)
  }

  /**
   * Replace the signing secret: `POST /v1/webhook-endpoints/{id}/rotate-secret`.
   *
   * Until the overlap is over, every delivery carries a signature by the new secret and by each of those before it, so receivers can change over at any time. With `v1a` a new pair of keys is made; `publicKey` is its public one.
   *
   * @param id Id of the endpoint.
   * @throws BackhaulError with `idempotency_key_in_use`, `too_many_secrets`, `idempotency_key_reused`, `invalid_secret`
   */
  async rotateSecret(id: string, body?: RotateSecret, options?: RequestOptions): Promise<ShownEndpoint> {
    return this.call('POST', path`/v1/webhook-endpoints/${id}/rotate-secret`, options, { body, creates: true })
  }

  /**
   * Send to a disabled endpoint again: `POST /v1/webhook-endpoints/{id}/enable`.
   *
   * What it has not acknowledged comes in a new wake of each session, also when it is enabled already: `session.wake`, the events in their order, `session.events_finished`.
   *
   * @param id Id of the endpoint.
   */
  async enable(id: string, options?: RequestOptions): Promise<Endpoint> {
    return this.call('POST', path`/v1/webhook-endpoints/${id}/enable`, options)
  }

  /**
   * Send a test event: `POST /v1/webhook-endpoints/{id}/test`.
   *
   * An `endpoint.test` goes to this endpoint alone, whatever its `eventTypes`, signed and retried like any other. With `type` it carries an example of such an event, which is never stored as one.
   *
   * @param id Id of the endpoint.
   * @throws BackhaulError with `idempotency_key_in_use`, `endpoint_disabled`, `idempotency_key_reused`
   */
  async test(id: string, body?: TestEndpoint, options?: RequestOptions): Promise<SentTest> {
    return this.call('POST', path`/v1/webhook-endpoints/${id}/test`, options, { body, creates: true })
  }

  /**
   * Deliver a range of events again: `POST /v1/webhook-endpoints/{id}/recover`.
   *
   * What failed or was canceled, and what the endpoint never got because it was disabled, comes in a new wake of its session, or in the one that is open, with its `webhook-id` and in the order of the events. What succeeded is left. It is worked off in the background; the wakes open when all of the range has been looked at.
   *
   * @param id Id of the endpoint.
   * @throws BackhaulError with `idempotency_key_in_use`, `endpoint_disabled`, `recovery_running`, `idempotency_key_reused`
   */
  async recover(id: string, body: GivenRecovery, options?: RequestOptions): Promise<Recovery> {
    return this.call('POST', path`/v1/webhook-endpoints/${id}/recover`, options, { body, creates: true })
  }

  /**
   * See how far a recovery is: `GET /v1/webhook-endpoints/{id}/recoveries/{recoveryId}`.
   *
   * A recovery goes on by itself, whatever process dies.
   *
   * @param id Id of the endpoint.
   * @param recoveryId Id of the recovery.
   */
  async recovery(id: string, recoveryId: string, options?: RequestOptions): Promise<Recovery> {
    return this.call('GET', path`/v1/webhook-endpoints/${id}/recoveries/${recoveryId}`, options)
  }
}

export class DeliveriesCalls extends Resource {
  /**
   * List deliveries: `GET /v1/deliveries`.
   *
   * Each is one event on its way to one endpoint. Filters narrow each other.
   */
  list(query?: Query<ListDeliveriesData>, options?: RequestOptions): List<Delivery, DeliveryPage> {
    return this.paged('/v1/deliveries', query, options)
  }

  /**
   * Get a delivery: `GET /v1/deliveries/{id}`.
   *
   * How far it is, and when it is tried next.
   *
   * @param id Id of the delivery.
   */
  async get(id: string, options?: RequestOptions): Promise<Delivery> {
    return this.call('GET', path`/v1/deliveries/${id}`, options)
  }

  /**
   * Send a delivery again: `POST /v1/deliveries/{id}/retry`.
   *
   * Keeps its `webhook-id` and body. One that has ended goes to the end of its lane, behind what is pending for the same session and endpoint, with ten new attempts. A pending one is due at once, and with it what is before it.
   *
   * @param id Id of the delivery.
   * @throws BackhaulError with `endpoint_disabled`, `decision_over`
   */
  async retry(id: string, options?: RequestOptions): Promise<Delivery> {
    return this.call('POST', path`/v1/deliveries/${id}/retry`, options)
  }

  /**
   * List a delivery's attempts: `GET /v1/deliveries/{id}/attempts`.
   *
   * Each is one POST: its status, how long it took, and the first 16 KiB of the response. All of them send the same body.
   *
   * @param id Id of the delivery.
   */
  async attempts(id: string, options?: RequestOptions): Promise<AttemptList> {
    return this.call('GET', path`/v1/deliveries/${id}/attempts`, options)
  }

  /**
   * Answer a delivery that came over a connection: `POST /v1/deliveries/{id}/respond`.
   *
   * The attempt is on record, with all that follows from it, when this is answered.
   *
   * @param id Id of the delivery.
   * @throws BackhaulError with `delivery_not_awaited`
   */
  async respond(id: string, body: GivenAnswer, options?: RequestOptions): Promise<void> {
    return this.call('POST', path`/v1/deliveries/${id}/respond`, options, { body })
  }
}

export class WakesCalls extends Resource {
  /**
   * List wakes: `GET /v1/wakes`.
   *
   * A session has one open wake at most; completed and expired ones are listed too.
   */
  list(query?: Query<ListWakesData>, options?: RequestOptions): List<Wake, WakePage> {
    return this.paged('/v1/wakes', query, options)
  }

  /**
   * Get a wake: `GET /v1/wakes/{id}`.
   *
   * Its state, its deadline, and the limiter’s delay after it.
   *
   * @param id Id of the wake.
   */
  async get(id: string, options?: RequestOptions): Promise<Wake> {
    return this.call('GET', path`/v1/wakes/${id}`, options)
  }

  /**
   * Tell that the client has done what it was woken for: `POST /v1/wakes/{id}/complete`.
   *
   * Repeating it is harmless. One that has expired cannot be completed; what was not acknowledged is delivered again.
   *
   * @param id Id of the wake.
   * @throws BackhaulError with `wake_expired`, `invalid_completion_token`
   */
  async complete(id: string, body: CompleteWake, options?: RequestOptions): Promise<Wake> {
    return this.call('POST', path`/v1/wakes/${id}/complete`, options, { body })
  }

  /**
   * Ask for more time: `POST /v1/wakes/{id}/extend`.
   *
   * Only an open wake can be extended, to 12 hours after its opening at most.
   *
   * @param id Id of the wake.
   * @throws BackhaulError with `wake_closed`, `wake_expired`
   */
  async extend(id: string, body: ExtendWake, options?: RequestOptions): Promise<Wake> {
    return this.call('POST', path`/v1/wakes/${id}/extend`, options, { body })
  }
}

export class LimiterCalls extends Resource {
  /**
   * Get the wake limiter: `GET /v1/limiter`.
   *
   * By the database’s clock, with the policy that applies to the tenant.
   */
  get(options?: RequestOptions): Promise<Limiter> {
    return this.call('GET', '/v1/limiter', options)
  }

  /**
   * Simulate the wake limiter: `POST /v1/limiter/simulate`.
   *
   * What the tenant's policy makes of a client, in virtual time and beginning without a delay. Its tasks are in one session, and it completes each wake at once. Nothing is changed.
   */
  simulate(body: GivenSimulation, options?: RequestOptions): Promise<Simulation> {
    return this.call('POST', '/v1/limiter/simulate', options, { body })
  }
}

export class ForegroundCalls extends Resource {
  /**
   * Take or renew the foreground lease: a user is looking: `POST /v1/foreground`.
   *
   * There is no delay while it holds: waiting tasks are released, and events are delivered as they happen, without a wake. At most 30 times an hour.
   *
   * @throws BackhaulError with `foreground_rate_limited`
   */
  enter(body: GivenForeground, options?: RequestOptions): Promise<Limiter> {
    return this.call('POST', '/v1/foreground', options, { body })
  }

  /**
   * End the foreground lease: `DELETE /v1/foreground`.
   *
   * Harmless when there is none.
   */
  leave(options?: RequestOptions): Promise<Limiter> {
    return this.call('DELETE', '/v1/foreground', options)
  }
}

export class LimitsCalls extends Resource {
  /**
   * List the limits and what is used of them: `GET /v1/limits`.
   *
   * Every limit of the tenant, by the database’s clock; `requestsPerMinute` is that of the key that asks.
   */
  list(options?: RequestOptions): Promise<Limits> {
    return this.call('GET', '/v1/limits', options)
  }
}

export class HostsCalls extends Resource {
  /**
   * List the hosts of your tasks, and how they are treated: `GET /v1/hosts`.
   *
   * Those for which you have a task, ended ones included. The counts are your own.
   */
  list(query?: Query<ListHostsData>, options?: RequestOptions): List<Host, HostPage> {
    return this.paged('/v1/hosts', query, options)
  }

  /**
   * Get how a host is treated, and why: `GET /v1/hosts/{host}`.
   *
   * Of a host for which you have a task. The counts are your own.
   *
   * @param host Of a task's URL, with its port unless it is the scheme's; in any case.
   */
  async get(host: string, options?: RequestOptions): Promise<Host> {
    return this.call('GET', path`/v1/hosts/${host}`, options)
  }
}

export class ApiKeysCalls extends Resource {
  /**
   * Create an API key: `POST /v1/api-keys`.
   *
   * The key is shown in this response only. It may have the scopes that the calling key has, and no others (403). It is bound neither to the ranges nor to the expiry of the calling one.
   *
   * @throws BackhaulError with `idempotency_key_in_use`, `idempotency_key_reused`, `quota_exceeded`
   */
  create(body: GivenApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.call('POST', '/v1/api-keys', options, { body, creates: true })
  }

  /**
   * List API keys: `GET /v1/api-keys`.
   *
   * Revoked and expired ones included. The keys themselves are shown when they are created, and never again.
   */
  list(query?: Query<ListApiKeysData>, options?: RequestOptions): List<ApiKey, ApiKeyPage> {
    return this.paged('/v1/api-keys', query, options)
  }

  /**
   * Get an API key: `GET /v1/api-keys/{id}`.
   *
   * Who created it, when it was last used, and whether it still works.
   *
   * @param id Id of the API key.
   */
  async get(id: string, options?: RequestOptions): Promise<ApiKey> {
    return this.call('GET', path`/v1/api-keys/${id}`, options)
  }

  /**
   * Revoke an API key: `DELETE /v1/api-keys/{id}`.
   *
   * Every process refuses it from now on; its event streams, connections and waiting requests end within 5 s. Repeating it is harmless. The last living key with the scope `admin` cannot be revoked: create another one first, or rotate it with an `overlapSeconds` of 0.
   *
   * @param id Id of the API key.
   * @throws BackhaulError with `last_admin_key`
   */
  async revoke(id: string, options?: RequestOptions): Promise<void> {
    return this.call('DELETE', path`/v1/api-keys/${id}`, options)
  }

  /**
   * Replace an API key: `POST /v1/api-keys/{id}/rotate`.
   *
   * Makes a key with the same name, scopes, ranges and expiry. The old one ends when the overlap is over, or when it would have expired. A key is rotated once; then its successor is. With an overlap of 0 a key that rotates itself ends with this response. The calling key needs every scope that the key has.
   *
   * @param id Id of the API key.
   * @throws BackhaulError with `idempotency_key_in_use`, `api_key_ended`, `idempotency_key_reused`
   */
  async rotate(id: string, body?: RotateApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.call('POST', path`/v1/api-keys/${id}/rotate`, options, { body, creates: true })
  }
}

export class SignInCalls extends Resource {
  /**
   * Sign a browser in: `POST /v1/sign-in`.
   *
   * Exchanges an API key, the operator's token, or the token of a one-time link for a cookie that stands for it on every route. The sign-in may
   * do what the key may, counts as the key, and ends with it; otherwise 12 hours after its last use, and after 7 days in all. Wrong keys count as everywhere: after 20 within a minute their address is refused.
   *
   * A request with the cookie has to come from a page of this service (403 `cross_site_request`), and its `Authorization`, if it has one, goes before the cookie.
   */
  create(body: GivenSignIn, options?: RequestOptions): Promise<SignIn> {
    return this.call('POST', '/v1/sign-in', options, { body })
  }

  /**
   * Get who is asking: `GET /v1/sign-in`.
   *
   * For a cookie, and as well for a key or an operator’s token in `Authorization`.
   */
  get(options?: RequestOptions): Promise<SignIn> {
    return this.call('GET', '/v1/sign-in', options)
  }

  /**
   * Sign a browser out: `DELETE /v1/sign-in`.
   *
   * The cookie stands for nothing from now on; event streams and waiting requests that came with it end within 5 s. The key lives on. With a key in `Authorization` there is nothing to end.
   */
  delete(options?: RequestOptions): Promise<void> {
    return this.call('DELETE', '/v1/sign-in', options)
  }
}

export class AuditCalls extends Resource {
  /**
   * List who changed what: `GET /v1/audit`.
   *
   * One entry for each request that changed something of the tenant: with any of its keys, or by an operator. A request that was refused, or found everything as it wanted it, has none. Entries are kept for 400 days; nobody can change one.
   */
  list(query?: Query<ListAuditData>, options?: RequestOptions): List<AuditEntry, AuditPage> {
    return this.paged('/v1/audit', query, options)
  }
}

export class AdminAuditCalls extends Resource {
  /**
   * List who changed what, everywhere: `GET /v1/admin/audit`.
   *
   * As `GET /v1/audit`, for one tenant or for all. Without a tenant, entries are looked for in the order of time: with another filter, give `since`.
   */
  list(query?: Query<ListAllAuditData>, options?: RequestOptions): List<OperatorAuditEntry, OperatorAuditPage> {
    return this.paged('/v1/admin/audit', query, options)
  }
}

export class UsageCalls extends Resource {
  /**
   * Read what was used, by hours or days: `GET /v1/usage`.
   *
   * Whole hours or days in UTC, also those in which nothing happened. It is counted in the transactions that cause it, so the sums agree with the events.
   */
  get(query?: Query<ReadUsageData>, options?: RequestOptions): Promise<Usage> {
    return this.call('GET', '/v1/usage', options, { query })
  }
}

export class AdminUsageCalls extends Resource {
  /**
   * Read tenants' usage, as JSON or CSV: `GET /v1/admin/usage`.
   *
   * A row for every tenant and hour or day, in the order of the tenants and then of time. JSON comes in pages; CSV (RFC 4180) has all rows, after one with the names of the columns.
   */
  list(query?: Query<ListUsageData>, options?: RequestOptions): List<TenantUsagePoint, TenantUsagePage> {
    return this.paged('/v1/admin/usage', query, options)
  }
}

export class StatsCalls extends Resource {
  /**
   * Read what happened of late, by minutes or hours: `GET /v1/stats`.
   *
   * For curves: what the tasks did in the last hour, day or week, and how many ran and waited. The last point is not over. Counts of hours are exact. Minutes are told apart by looking once a minute; what was counted while nobody looked is spread over that time.
   */
  get(query?: Query<ReadStatsData>, options?: RequestOptions): Promise<Stats> {
    return this.call('GET', '/v1/stats', options, { query })
  }
}

export class AdminTenantsCalls extends Resource {
  /**
   * Create a tenant: `POST /v1/admin/tenants`.
   *
   * With its first API key, which has every scope and is shown in this response only.
   *
   * @throws BackhaulError with `idempotency_key_in_use`, `idempotency_key_reused`
   */
  create(body: GivenTenant, options?: RequestOptions): Promise<CreatedTenant> {
    return this.call('POST', '/v1/admin/tenants', options, { body, creates: true })
  }

  /**
   * List tenants: `GET /v1/admin/tenants`.
   *
   * In the order of their creation.
   */
  list(query?: Query<ListTenantsData>, options?: RequestOptions): List<Tenant, TenantPage> {
    return this.paged('/v1/admin/tenants', query, options)
  }

  /**
   * Read a tenant: `GET /v1/admin/tenants/{id}`.
   *
   * One that is being deleted is there until nothing of it is left; then it is not found.
   *
   * @param id Id of the tenant.
   */
  async get(id: string, options?: RequestOptions): Promise<Tenant> {
    return this.call('GET', path`/v1/admin/tenants/${id}`, options)
  }

  /**
   * Delete a tenant: `DELETE /v1/admin/tenants/{id}`.
   *
   * With all that it has, for good. Its keys are dead at once, nothing begins and nothing is sent any more; from a minute later on its
   * files, uploads and records are removed, its usage and its audit too. Meanwhile the tenant is there, with the state `deleting`; then it is not
   * found. That it was deleted stays on record for operators (`deleteTenant` in their audit).
   *
   * @param id Id of the tenant.
   * @throws BackhaulError with `tenant_deleting`
   */
  async delete(id: string, options?: RequestOptions): Promise<Tenant> {
    return this.call('DELETE', path`/v1/admin/tenants/${id}`, options)
  }

  /**
   * Change a tenant: `PATCH /v1/admin/tenants/{id}`.
   *
   * What is left out stays. The wake limiter's policy takes effect with the next wake, the weight with the next task that begins; limits
   * and preferred hours at once, for tasks that wait too; the state at once. A limit below what is used ends nothing.
   * `active` after `suspended` lets everything go on from where it was.
   *
   * @param id Id of the tenant.
   * @throws BackhaulError with `tenant_deleting`
   */
  async update(id: string, body?: ChangedTenant, options?: RequestOptions): Promise<Tenant> {
    return this.call('PATCH', path`/v1/admin/tenants/${id}`, options, { body })
  }
}

export class AdminWorkersCalls extends Resource {
  /**
   * List the workers: `GET /v1/admin/workers`.
   *
   * Those that were seen within the last minute: one that stops is gone at once, one that dies after a minute. Workers of versions before this call are not listed.
   */
  list(query?: Query<ListWorkersData>, options?: RequestOptions): List<Worker, WorkerPage> {
    return this.paged('/v1/admin/workers', query, options)
  }

  /**
   * Have a worker take no more tasks: `POST /v1/admin/workers/{id}/drain`.
   *
   * For as long as it lives; within seconds it begins none any more. The transfers that it has go on to their ends, and `running` falls. At 0 it
   * logs `worker.drained`, and can be stopped without interrupting one. It does not end by itself, and goes on sending webhooks until it is stopped. The
   * process that takes its place has another id, and is not draining. A worker that drains already goes on doing so.
   *
   * @param id Id of the worker.
   */
  async drain(id: string, options?: RequestOptions): Promise<Worker> {
    return this.call('POST', path`/v1/admin/workers/${id}/drain`, options)
  }
}

export class AdminQueueCalls extends Resource {
  /**
   * Read what is due, claimed and leased: `GET /v1/admin/queue`.
   *
   * Over all tenants. What would take long to count is in `sample`, which has a time of its own.
   */
  get(options?: RequestOptions): Promise<Queue> {
    return this.call('GET', '/v1/admin/queue', options)
  }
}

export class AdminFairnessCalls extends Resource {
  /**
   * Read how tenants share the work: `GET /v1/admin/fairness`.
   *
   * The last hour by minutes, of the ten tenants for which most was done, and of all others together. Dispatch promises that tenants have places in
   * proportion to their weights while they compete: compare each one's share of `running` with its share of the weights of those that do.
   */
  get(options?: RequestOptions): Promise<Fairness> {
    return this.call('GET', '/v1/admin/fairness', options)
  }
}

export class AdminApiKeysCalls extends Resource {
  /**
   * Create an API key for a tenant: `POST /v1/admin/tenants/{id}/api-keys`.
   *
   * The key is shown in this response only.
   *
   * @param id Id of the tenant.
   * @throws BackhaulError with `idempotency_key_in_use`, `idempotency_key_reused`, `quota_exceeded`
   */
  async create(id: string, body: GivenApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.call('POST', path`/v1/admin/tenants/${id}/api-keys`, options, { body, creates: true })
  }

  /**
   * List a tenant's API keys: `GET /v1/admin/tenants/{id}/api-keys`.
   *
   * Revoked and expired ones included. The keys themselves are shown when they are created, and never again.
   *
   * @param id Id of the tenant.
   */
  list(id: string, query?: Query<ListTenantApiKeysData>, options?: RequestOptions): List<ApiKey, ApiKeyPage> {
    return this.paged(() => path`/v1/admin/tenants/${id}/api-keys`, query, options)
  }

  /**
   * Get an API key of a tenant: `GET /v1/admin/tenants/{id}/api-keys/{keyId}`.
   *
   * Who created it, when it was last used, and whether it still works.
   *
   * @param id Id of the tenant.
   * @param keyId Id of the API key.
   */
  async get(id: string, keyId: string, options?: RequestOptions): Promise<ApiKey> {
    return this.call('GET', path`/v1/admin/tenants/${id}/api-keys/${keyId}`, options)
  }

  /**
   * Revoke an API key of a tenant: `DELETE /v1/admin/tenants/{id}/api-keys/{keyId}`.
   *
   * Every process refuses it from now on; its event streams, connections and waiting requests end within 5 s. Repeating it is harmless. The last living key with the scope `admin` cannot be revoked: create another one first, or rotate it with an `overlapSeconds` of 0. That holds for operators too.
   *
   * @param id Id of the tenant.
   * @param keyId Id of the API key.
   * @throws BackhaulError with `last_admin_key`
   */
  async revoke(id: string, keyId: string, options?: RequestOptions): Promise<void> {
    return this.call('DELETE', path`/v1/admin/tenants/${id}/api-keys/${keyId}`, options)
  }

  /**
   * Replace an API key of a tenant: `POST /v1/admin/tenants/{id}/api-keys/{keyId}/rotate`.
   *
   * Makes a key with the same name, scopes, ranges and expiry. The old one ends when the overlap is over, or when it would have expired. A key is rotated once; then its successor is. With an overlap of 0 a key that rotates itself ends with this response.
   *
   * @param id Id of the tenant.
   * @param keyId Id of the API key.
   * @throws BackhaulError with `idempotency_key_in_use`, `api_key_ended`, `idempotency_key_reused`
   */
  async rotate(id: string, keyId: string, body?: RotateApiKey, options?: RequestOptions): Promise<CreatedApiKey> {
    return this.call('POST', path`/v1/admin/tenants/${id}/api-keys/${keyId}/rotate`, options, { body, creates: true })
  }
}

export class HealthCalls extends Resource {
  /**
   * Whether the process lives: `GET /livez`.
   *
   * Asks nothing else: a process that answers lives.
   */
  live(options?: RequestOptions): Promise<Live> {
    return this.call('GET', '/livez', options)
  }

  /**
   * Whether the service can be used: `GET /readyz`.
   *
   * 503 without the database. Without storage or the queue the service still takes tasks, so it is ready and names them in `degraded`.
   */
  ready(options?: RequestOptions): Promise<Ready> {
    return this.call('GET', '/readyz', options)
  }
}
