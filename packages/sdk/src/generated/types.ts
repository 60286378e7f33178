// Generated from openapi/openapi.json by scripts/sdk-types.ts: npm run generate.

/**
 * A field in which two configurations differ.
 */
export type Difference = {
  /**
   * JSON pointer into the configuration.
   */
  pointer: string;
  /**
   * What the session has. Header values are masked.
   */
  stored: unknown;
  /**
   * What the request gave. Header values are masked.
   */
  given: unknown;
};

/**
 * One error of a request.
 */
export type Fault = {
  /**
   * Where: a JSON pointer (RFC 6901) into the body, or `/query/…`, `/params/…`, `/headers/…` for what was not in the body.
   */
  pointer: string;
  /**
   * What kind of error: a problem code, or the rule that was broken.
   */
  code: string;
  /**
   * What is wrong, for people.
   */
  detail: string;
  /**
   * How to mend it.
   */
  fix?: string;
};

/**
 * A refusal (RFC 9457).
 */
export type Problem = {
  /**
   * The address of this problem's documentation.
   */
  type: string;
  /**
   * What `code` means, for people.
   */
  title: string;
  /**
   * The HTTP status of the response.
   */
  status: number;
  /**
   * What was wrong with this request, for people.
   */
  detail: string;
  /**
   * The path that was asked for.
   */
  instance: string;
  /**
   * What kind of refusal: branch on it.
   */
  code: 'invalid_request' | 'unauthorized' | 'forbidden' | 'cross_site_request' | 'tenant_suspended' | 'not_found' | 'method_not_allowed' | 'configuration_mismatch' | 'session_invalidated' | 'wake_closed' | 'wake_expired' | 'task_already_ended' | 'task_not_ended' | 'task_already_completed' | 'file_not_available' | 'receipt_not_available' | 'file_key_taken' | 'endpoint_disabled' | 'too_many_secrets' | 'decision_over' | 'endpoint_not_a_stream' | 'delivery_not_awaited' | 'endpoint_in_use' | 'last_admin_key' | 'api_key_ended' | 'tenant_deleting' | 'recovery_running' | 'idempotency_key_in_use' | 'task_gone' | 'file_gone' | 'link_expired' | 'request_timeout' | 'precondition_failed' | 'body_too_large' | 'unsupported_media_type' | 'range_not_satisfiable' | 'delegate_required' | 'unsupported_url' | 'destination_denied' | 'forbidden_header' | 'invalid_secret' | 'invalid_completion_token' | 'invalid_resume_data' | 'idempotency_key_reused' | 'foreground_rate_limited' | 'rate_limited' | 'quota_exceeded' | 'headers_too_large' | 'internal' | 'unavailable';
  /**
   * The same as in the `X-Request-Id` header and in the logs.
   */
  requestId: string;
  /**
   * What to do about it, where no `errors` say so.
   */
  fix?: string;
  /**
   * Every error of the request; with more than 100, the first ones.
   */
  errors?: Array<Fault>;
  /**
   * With `configuration_mismatch`: field by field.
   */
  differences?: Array<Difference>;
  /**
   * With `quota_exceeded`: the limits that are in the way.
   */
  violated?: Array<Violation>;
};

/**
 * A limit that is in the way of a request.
 */
export type Violation = {
  /**
   * Which limit, as `GET /v1/limits` explains them.
   */
  name: 'requestsPerMinute' | 'maximumTasksWaiting' | 'maximumTasksInFlight' | 'maximumStoredBytes' | 'maximumBytesPerDay' | 'maximumBytesPerSecond' | 'maximumSessions' | 'maximumEndpoints' | 'maximumApiKeys' | 'maximumStreams';
  /**
   * What it allows; bytes with the limits of bytes.
   */
  maximum: number;
  /**
   * Before the request.
   */
  used: number;
};

/**
 * The process answers.
 */
export type Live = {
  /**
   * Always `ok`; otherwise the answer is a 503.
   */
  status: 'ok';
};

/**
 * No fields.
 */
export type Nothing = {
  [key: string]: never;
};

/**
 * The process can do its work.
 */
export type Ready = {
  /**
   * Always `ok`; otherwise the answer is a 503.
   */
  status: 'ok';
  /**
   * What does not work right now; the service does without it.
   */
  degraded: Array<string>;
  /**
   * Why, by the names in `degraded`, where more is known than that it is away. Absent if nothing is.
   */
  reasons?: {
    [key: string]: string;
  };
};

/**
 * Times of the week in which another maximum holds.
 */
export type BandwidthWindow = {
  /**
   * On which it begins. Without it: every day.
   */
  days?: Array<'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat'>;
  /**
   * HH:MM.
   */
  from: string;
  /**
   * HH:MM, up to 24:00. Before `from`: on the next day.
   */
  to: string;
  /**
   * Of the IANA database, as `Europe/Berlin`.
   */
  timeZone?: string;
  /**
   * Bytes per second. While it is open. Null: no limit.
   */
  maximumBytesPerSecond: number | null;
};

/**
 * Hours of some days of the week.
 */
export type HoursWindow = {
  /**
   * On which it begins. Without it: every day.
   */
  days?: Array<'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat'>;
  /**
   * HH:MM.
   */
  from: string;
  /**
   * HH:MM, up to 24:00. Before `from`: on the next day.
   */
  to: string;
};

/**
 * Times of the week, by the clocks of a place.
 */
export type PreferredHours = {
  /**
   * Of the IANA database, as `Europe/Berlin`.
   */
  timeZone: string;
  /**
   * Open in any of them.
   */
  windows: Array<HoursWindow>;
};

/**
 * One page of a list.
 */
export type ApiKeyPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<ApiKey>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * It works while it is neither revoked nor expired.
 */
export type ApiKey = {
  /**
   * Id of the API key.
   */
  id: string;
  /**
   * For people.
   */
  name: string;
  /**
   * What it may do. No scope implies another.
   */
  scopes: Array<'read' | 'write' | 'foreground' | 'admin'>;
  /**
   * The key's last four characters; null: it is older than hints.
   */
  hint: string | null;
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  /**
   * The id of the key that it was created with, or `operator`.
   */
  createdBy: string;
  /**
   * When it stops working. RFC 3339. Null: never.
   */
  expiresAt: string | null;
  /**
   * When a request with it last began, true to a minute. RFC 3339. Null: never. Of a stream, the moment when it was opened.
   */
  lastUsedAt: string | null;
  /**
   * When it was revoked. RFC 3339. Null: it was not.
   */
  revokedAt: string | null;
  /**
   * The address ranges that requests with it may come from. Null: anywhere.
   */
  allowedCidrs: Array<string> | null;
  /**
   * Id of the key that it was rotated into. Null: it was not rotated.
   */
  replacedBy: string | null;
};

/**
 * A new API key, with its text.
 */
export type CreatedApiKey = {
  /**
   * The key itself (`bh_…`). Shown this once.
   */
  apiKey: string;
  key: ApiKey;
};

/**
 * An API key that is to be made.
 */
export type GivenApiKey = {
  /**
   * For people.
   */
  name: string;
  /**
   * Only those that the key has which creates it; operators may give all.
   */
  scopes: Array<'read' | 'write' | 'foreground' | 'admin'>;
  /**
   * When it stops working; without it, never. RFC 3339.
   */
  expiresAt?: string;
  /**
   * Requests with the key from other addresses are refused (403). Without it, none are.
   */
  allowedCidrs?: Array<string>;
};

/**
 * How an API key is replaced.
 */
export type RotateApiKey = {
  /**
   * How long the key goes on to work beside the new one; 0: it ends at once.
   */
  overlapSeconds?: number;
};

/**
 * What a browser signs in with.
 */
export type GivenSignIn = SignInWithKey | SignInWithToken;

/**
 * Who sends a request.
 */
export type SignIn = {
  /**
   * Id of the sign-in. Null: the request came with the key or the token itself.
   */
  id: string | null;
  /**
   * The holder of an API key, or an operator.
   */
  kind: 'key' | 'operator';
  /**
   * What the key may do. Empty for an operator.
   */
  scopes: Array<'read' | 'write' | 'foreground' | 'admin'>;
  /**
   * Null for an operator.
   */
  tenant: SignedInTenant | null;
  /**
   * Id of the API key. Null for an operator.
   */
  keyId: string | null;
  /**
   * When the sign-in ends unless it is used before. Of a request without one, when its key does. RFC 3339. Null: never.
   */
  expiresAt: string | null;
};

/**
 * The tenant of a key.
 */
export type SignedInTenant = {
  /**
   * Id of the tenant.
   */
  id: string;
  /**
   * For people.
   */
  name: string;
};

/**
 * What is to be changed of a tenant. What is left out stays as it is.
 */
export type ChangedTenant = {
  /**
   * For people.
   */
  name?: string;
  /**
   * `suspended`: its keys are refused, its streams end, nothing begins, running transfers are given back, nothing is sent, and nothing is deleted. Deadlines go on.
   */
  state?: 'active' | 'suspended';
  /**
   * Its share of the places for transfers while other tenants have tasks waiting too, relative to their weights; a new tenant has 1. It
   * takes effect with the next task that begins.
   */
  weight?: number;
  /**
   * Null: all of the installation's.
   */
  limiterPolicy?: GivenLimiterPolicy | null;
  /**
   * When its discretionary tasks may begin, unless their session says otherwise. Null: at any time.
   */
  preferredHours?: PreferredHours | null;
  /**
   * What is left out stays as it is. Null: all of the installation's.
   */
  limits?: TenantLimits | null;
  /**
   * Limits that are the installation's again. One that is in `limits` too has what is given there.
   */
  resetLimits?: Array<'requestsPerMinute' | 'maximumTasksWaiting' | 'maximumTasksInFlight' | 'maximumStoredBytes' | 'maximumBytesPerDay' | 'maximumBytesPerSecond' | 'maximumSessions' | 'maximumEndpoints' | 'maximumApiKeys' | 'maximumStreams'>;
};

/**
 * The tenant and its first key, which has every scope.
 */
export type CreatedTenant = {
  tenant: Tenant;
  /**
   * The key itself (`bh_…`). Shown this once.
   */
  apiKey: string;
  key: ApiKey;
};

/**
 * What is left out stays as it is.
 */
export type GivenLimiterPolicy = {
  /**
   * Delay after the first wake, in seconds; 0 switches the wake limiter off. Null: the installation's.
   */
  baseSeconds?: number | null;
  /**
   * What each further wake multiplies the delay with. Null: the installation's.
   */
  factor?: number | null;
  /**
   * Longest delay, in seconds. Null: the installation's.
   */
  capSeconds?: number | null;
};

/**
 * A tenant that is to be made.
 */
export type GivenTenant = {
  /**
   * For people.
   */
  name: string;
};

/**
 * How a tenant's wake limiter counts, where it is not as the installation says.
 */
export type TenantLimiterPolicy = {
  /**
   * Delay after the first wake, in seconds; 0 switches the wake limiter off. Null: the installation's.
   */
  baseSeconds: number | null;
  /**
   * What each further wake multiplies the delay with. Null: the installation's.
   */
  factor: number | null;
  /**
   * Longest delay, in seconds. Null: the installation's.
   */
  capSeconds: number | null;
};

/**
 * One page of a list.
 */
export type TenantPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Tenant>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * A client of the service, with everything that is its own.
 */
export type Tenant = {
  /**
   * Id of the tenant.
   */
  id: string;
  /**
   * For people.
   */
  name: string;
  /**
   * `deleting`: all that it has is being removed; then the tenant is gone.
   */
  state: 'active' | 'suspended' | 'deleting';
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  /**
   * Its share of the places for transfers while other tenants have tasks waiting too, relative to their weights; a new tenant has 1. It
   * takes effect with the next task that begins.
   */
  weight: number;
  limiterPolicy: TenantLimiterPolicy;
  /**
   * When its discretionary tasks may begin, unless their session says otherwise. Null: at any time.
   */
  preferredHours: PreferredHours | null;
  limits: TenantLimits;
};

/**
 * Whose request it was.
 */
export type AuditActor = {
  /**
   * The holder of an API key, or an operator.
   */
  kind: 'key' | 'operator';
  /**
   * Id of the API key. Null for an operator.
   */
  keyId: string | null;
  /**
   * Id of the sign-in that stood for the key or the token. Null: the request had that itself.
   */
  signInId: string | null;
};

/**
 * A request that has changed something.
 */
export type AuditEntry = {
  /**
   * Id of the entry.
   */
  id: string;
  /**
   * When it was committed, by the database’s clock. RFC 3339.
   */
  at: string;
  actor: AuditActor;
  /**
   * The operation’s id in this document, such as `createTask`.
   */
  action: string;
  /**
   * What was made or changed: an id, or a session’s identifier. Of a batch of tasks, their session. Null: the operation says it all.
   */
  target: string | null;
  /**
   * `X-Request-Id` of the response.
   */
  requestId: string;
  /**
   * IP address that it came from. Null for an operator’s.
   */
  address: string | null;
};

/**
 * One page of a list.
 */
export type AuditPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<AuditEntry>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * A request that has changed something.
 */
export type OperatorAuditEntry = {
  /**
   * Id of the entry.
   */
  id: string;
  /**
   * When it was committed, by the database’s clock. RFC 3339.
   */
  at: string;
  actor: AuditActor;
  /**
   * The operation’s id in this document, such as `createTask`.
   */
  action: string;
  /**
   * What was made or changed: an id, or a session’s identifier. Of a batch of tasks, their session. Null: the operation says it all.
   */
  target: string | null;
  /**
   * `X-Request-Id` of the response.
   */
  requestId: string;
  /**
   * IP address that it came from.
   */
  address: string;
  /**
   * Id of the tenant. The tenant that it was about; null: none.
   */
  tenantId: string | null;
};

/**
 * One page of a list.
 */
export type OperatorAuditPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<OperatorAuditEntry>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * The proof that the events of a wake have been read.
 */
export type CompleteWake = {
  /**
   * As the `session.wake` event carried it.
   */
  completionToken: string;
};

/**
 * How long a wake is to go on.
 */
export type ExtendWake = {
  /**
   * The new deadline, in seconds from now; a later one stays, and 12 hours after the opening is the last.
   */
  seconds: number;
};

/**
 * What opens the session's next wake.
 */
export type NextWake = {
  /**
   * `drained`: as soon as no task of the session runs, is due, or is about to begin again within a minute. `latency`: also when the oldest held event is `wakeMaximumLatency` old.
   */
  when: 'drained' | 'latency';
  /**
   * With `latency`: when it opens at the latest. RFC 3339.
   */
  at?: string;
  /**
   * Tasks that hold it back.
   */
  outstanding: number;
};

/**
 * One page of a list.
 */
export type WakePage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Wake>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * The service resuming a client that is in the background.
 */
export type Wake = {
  /**
   * Id of the wake.
   */
  id: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * `expired`: the client did not complete it before its deadline.
   */
  state: 'open' | 'completed' | 'expired';
  /**
   * When it opened. RFC 3339.
   */
  openedAt: string;
  /**
   * When it expires unless the client completes it. RFC 3339.
   */
  deadline: string;
  /**
   * When it was completed, or its expiry was written; null: it is open. RFC 3339.
   */
  closedAt: string | null;
  /**
   * Events that were given to it for delivery, whatever became of that. The wake’s own frames (`session.wake`, `session.events_finished`) are deliveries as well, and are not counted.
   */
  eventCount: number;
  /**
   * The wake limiter's delay after it, in seconds.
   */
  delayAfterSeconds: number;
};

/**
 * How long the client is in the foreground.
 */
export type GivenForeground = {
  /**
   * How long the lease holds from now on, in seconds.
   */
  ttlSeconds: number;
};

/**
 * A pattern or a chain.
 */
export type GivenSimulation = GivenPattern | GivenChain;

/**
 * How the delay between wakes grows.
 */
export type LimiterPolicy = {
  /**
   * The delay after the first wake; 0 switches the limiter off. Seconds.
   */
  baseSeconds: number;
  /**
   * What each further wake multiplies the delay with.
   */
  factor: number;
  /**
   * The longest delay. Seconds.
   */
  capSeconds: number;
};

/**
 * The tenant's wake limiter.
 */
export type Limiter = {
  /**
   * Foreground: the client holds a foreground lease.
   */
  state: 'foreground' | 'background';
  /**
   * The delay in force now; 0 in the foreground. Seconds.
   */
  delaySeconds: number;
  /**
   * When a task that is created in the background now may begin at the earliest; null without a delay. RFC 3339.
   */
  gateUntil: string | null;
  /**
   * When the delay falls back to 0, unless a wake comes first or a gated task is alive; null without a delay. RFC 3339.
   */
  quietUntil: string | null;
  /**
   * When the client was last woken. RFC 3339.
   */
  lastWakeAt: string | null;
  /**
   * Tasks that had to wait for the delay, and wait or run.
   */
  gatedTasks: number;
  /**
   * Wakes that opened within the last hour.
   */
  wakesLastHour: number;
  policy: LimiterPolicy;
  /**
   * How the client could be woken less, with the figures.
   */
  advice: Array<string>;
};

/**
 * One task after the other, each created after the wake for the one before it.
 */
export type SimulatedChain = {
  /**
   * How many tasks.
   */
  count: number;
  /**
   * From each wake to the creation of the next task.
   */
  thinkSeconds: number;
  /**
   * How long each task takes once it has begun.
   */
  transferSeconds: number;
  /**
   * From the creation of each task to its `earliestBeginDate`; 0 unless given.
   */
  aheadSeconds?: number;
};

/**
 * What happens at a moment of a simulation.
 */
export type SimulatedMoment = {
  /**
   * Seconds from the beginning.
   */
  at: number;
  /**
   * The steps, and what follows: `begin`, `end` and `wake`; `deliver` is what needs no wake.
   */
  what: 'create' | 'suspend' | 'resume' | 'foreground' | 'background' | 'begin' | 'end' | 'wake' | 'deliver';
  /**
   * The delay in force from then on. Seconds.
   */
  delaySeconds: number;
  /**
   * Until when tasks that were created or resumed have to wait.
   */
  gatedUntil?: number;
};

/**
 * What the wake limiter would do.
 */
export type Simulation = {
  /**
   * Of a pattern.
   */
  timeline?: Array<SimulatedMoment>;
  /**
   * Of a chain: after each wake.
   */
  delays?: Array<number>;
};

/**
 * What a client does in a simulation, and when.
 */
export type SimulationStep = {
  /**
   * `suspend` and `resume` are done to all of the tasks that have not ended.
   */
  do: 'create' | 'suspend' | 'resume' | 'foreground' | 'background';
  /**
   * When: seconds from the beginning.
   */
  at?: number;
  /**
   * When: seconds after the wake that the steps before it lead to. With `at`, the later of the two.
   */
  afterPreviousWake?: number;
  /**
   * How many are created at once.
   */
  tasks?: number;
  /**
   * How long each of them takes once it has begun; 0 unless given.
   */
  transferSeconds?: number;
  /**
   * None of those that are created begins before: seconds from the beginning.
   */
  earliestBeginDate?: number;
  /**
   * They are created suspended, and wait for `resume`.
   */
  suspended?: boolean;
};

/**
 * What a tenant may use at most, and what it uses.
 */
export type Limit = {
  /**
   * `requestsPerMinute`: Requests of one API key within a minute. `maximumTasksWaiting`: Tasks that have not ended and are not in flight. `maximumTasksInFlight`: Tasks in flight. `maximumStoredBytes`: Bytes of its files; tasks in flight count with what they are expected to bring. `maximumBytesPerDay`: Bytes that its tasks receive in a day (UTC); tasks in flight count as well. `maximumBytesPerSecond`: Bytes that its transfers receive in a second, together, over all workers. `maximumSessions`: Sessions that are not invalidated. `maximumEndpoints`: Webhook endpoints. `maximumApiKeys`: API keys that work. `maximumStreams`: Event streams, and connections of stream endpoints, in each process of the API.
   */
  name: 'requestsPerMinute' | 'maximumTasksWaiting' | 'maximumTasksInFlight' | 'maximumStoredBytes' | 'maximumBytesPerDay' | 'maximumBytesPerSecond' | 'maximumSessions' | 'maximumEndpoints' | 'maximumApiKeys' | 'maximumStreams';
  /**
   * Null: there is no limit.
   */
  maximum: number | null;
  /**
   * Of it, by now. Streams: of the process that answers.
   */
  used: number;
  /**
   * `maximumBytesPerDay`: midnight, UTC. `requestsPerMinute`: when there are more requests again. RFC 3339.
   */
  resetsAt?: string;
};

/**
 * All limits of a tenant.
 */
export type Limits = {
  /**
   * Every limit, in a fixed order.
   */
  data: Array<Limit>;
};

/**
 * Null: no limit. Absent: the installation's default.
 */
export type TenantLimits = {
  /**
   * Requests of one API key within a minute.
   */
  requestsPerMinute?: number | null;
  /**
   * Tasks that have not ended and are not in flight.
   */
  maximumTasksWaiting?: number | null;
  /**
   * Tasks in flight.
   */
  maximumTasksInFlight?: number | null;
  /**
   * Bytes of its files; tasks in flight count with what they are expected to bring.
   */
  maximumStoredBytes?: number | null;
  /**
   * Bytes that its tasks receive in a day (UTC); tasks in flight count as well.
   */
  maximumBytesPerDay?: number | null;
  /**
   * Bytes that its transfers receive in a second, together, over all workers.
   */
  maximumBytesPerSecond?: number | null;
  /**
   * Sessions that are not invalidated.
   */
  maximumSessions?: number | null;
  /**
   * Webhook endpoints.
   */
  maximumEndpoints?: number | null;
  /**
   * API keys that work.
   */
  maximumApiKeys?: number | null;
  /**
   * Event streams, and connections of stream endpoints, in each process of the API.
   */
  maximumStreams?: number | null;
};

/**
 * Connections to a host.
 */
export type HostConnections = {
  /**
   * Of your tasks that are under way.
   */
  yours: number;
  /**
   * For all clients of the service together.
   */
  limit: number;
};

/**
 * One page of a list.
 */
export type HostPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Host>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * How the service treats a host, for all of its clients alike.
 */
export type Host = {
  /**
   * As tasks have it: in lower case, with its port unless it is that of https.
   */
  host: string;
  /**
   * `backingOff`: it asked for time. `circuitOpen`: nobody was there. `halfOpen`: one request at a time tries it.
   */
  state: 'healthy' | 'backingOff' | 'circuitOpen' | 'halfOpen';
  /**
   * Nobody begins there before; null: it is not blocked. RFC 3339.
   */
  blockedUntil: string | null;
  /**
   * When the first of the connections in a row that failed did; null: it has answered since. RFC 3339.
   */
  downSince: string | null;
  /**
   * Of the last decision; null: there was none.
   */
  reason: string | null;
  /**
   * When that was. RFC 3339.
   */
  decidedAt: string | null;
  /**
   * Of one transfer, measured and smoothed; null: not known yet.
   */
  bytesPerSecond: number | null;
  /**
   * A download has one connection there until then, because the host has refused a second one (429, 503, a reset) within the last hour; null: as many as help. RFC 3339.
   */
  singleConnectionUntil: string | null;
  connections: HostConnections;
  /**
   * Yours.
   */
  waitingTasks: number;
};

/**
 * A session's configuration, frozen when it is created.
 */
export type Configuration = {
  delegate: Delegate;
  /**
   * Its tasks may wait for good conditions.
   */
  isDiscretionary: boolean;
  /**
   * When its discretionary tasks may begin, unless it would be too late. Null: as the tenant prefers.
   */
  preferredHours: PreferredHours | null;
  /**
   * False: the client is never woken and pulls its events.
   */
  sessionSendsLaunchEvents: boolean;
  /**
   * Seconds without a byte after which an attempt is given up and retried.
   */
  timeoutIntervalForRequest: number;
  /**
   * Seconds a task has in total; waiting counts.
   */
  timeoutIntervalForResource: number;
  /**
   * Connections of this session to one host, over all workers.
   */
  httpMaximumConnectionsPerHost: number;
  /**
   * Headers of every request, 64 at most; those of a task win. Values are write-only: they are shown masked.
   */
  httpAdditionalHeaders: {
    [key: string]: string;
  };
  /**
   * What a 4xx or 5xx answer is: a failure, or a file like any other.
   */
  httpStatusPolicy: 'fail' | 'deliver';
  /**
   * Statuses that are retried with back-off until the deadline although they are final otherwise, such as 403 and 404 where objects appear late.
   */
  retryStatuses: Array<number>;
  /**
   * What a retry does where the origin gives nothing that identifies a version of the file (a strong ETag, or a strong Last-Modified). `never`: it begins anew. `compare`: it fetches the stored parts again, compares them with what is stored, and stores only what follows.
   */
  resumeWithoutValidator: 'never' | 'compare';
  /**
   * What is stored of a body in a content coding that nobody asked for. `keep`: its bytes as they are, see `response.contentEncoding`. `decode`: what gzip, deflate, br or zstd make of them; such a download cannot be resumed.
   */
  contentDecoding: 'keep' | 'decode';
  /**
   * Bytes per second. What all its transfers may receive together, over all workers. The tenant's and the task's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond: number | null;
  /**
   * Times in which another maximum holds in the place of `maximumBytesPerSecond`. Where several windows are open, the smallest counts.
   */
  bandwidthTimetable: Array<BandwidthWindow>;
  /**
   * Seconds an event is held at most before the client is woken, at the price of more wakes. Null: until the session has drained, so that one batch is one wake, however long it takes.
   */
  wakeMaximumLatency: number | null;
  /**
   * Whether a 2xx to `session.events_finished` completes the wake, or only the call.
   */
  wakeCompletion: 'implied' | 'explicit';
  /**
   * Decisions that the endpoint is asked for, with a webhook whose answer is the decision: before a task with an `earliestBeginDate` begins (`task.will_begin_delayed_request`), and when an origin wants a credential (`task.authentication_challenge`).
   */
  delegateDecisions: Array<'delayedRequest' | 'authenticationChallenge'>;
  /**
   * Seconds a task waits for a usable answer. Then a delayed request begins, and a challenge fails the task.
   */
  decisionTimeout: number;
  /**
   * How long files live: for their lease, until the wake completes, or for good.
   */
  fileRetention: 'lease' | 'untilReturn' | 'permanent';
  /**
   * Seconds a file lives with `fileRetention: lease`.
   */
  fileLeaseSeconds: number;
};

/**
 * Where events go: exactly one of the fields.
 */
export type Delegate = PullDelegate | EndpointDelegate;

/**
 * What is left out has its default; a new session needs a delegate.
 */
export type GivenConfiguration = {
  delegate?: GivenDelegate;
  /**
   * Its tasks may wait for good conditions.
   */
  isDiscretionary?: boolean;
  /**
   * When its discretionary tasks may begin, unless it would be too late. Null: as the tenant prefers.
   */
  preferredHours?: PreferredHours | null;
  /**
   * False: the client is never woken and pulls its events.
   */
  sessionSendsLaunchEvents?: boolean;
  /**
   * Seconds without a byte after which an attempt is given up and retried.
   */
  timeoutIntervalForRequest?: number;
  /**
   * Seconds a task has in total; waiting counts.
   */
  timeoutIntervalForResource?: number;
  /**
   * Connections of this session to one host, over all workers.
   */
  httpMaximumConnectionsPerHost?: number;
  /**
   * Headers of every request, 64 at most; those of a task win. Values are write-only: they are shown masked.
   */
  httpAdditionalHeaders?: {
    [key: string]: string;
  };
  /**
   * What a 4xx or 5xx answer is: a failure, or a file like any other.
   */
  httpStatusPolicy?: 'fail' | 'deliver';
  /**
   * Statuses that are retried with back-off until the deadline although they are final otherwise, such as 403 and 404 where objects appear late.
   */
  retryStatuses?: Array<number>;
  /**
   * What a retry does where the origin gives nothing that identifies a version of the file (a strong ETag, or a strong Last-Modified). `never`: it begins anew. `compare`: it fetches the stored parts again, compares them with what is stored, and stores only what follows.
   */
  resumeWithoutValidator?: 'never' | 'compare';
  /**
   * What is stored of a body in a content coding that nobody asked for. `keep`: its bytes as they are, see `response.contentEncoding`. `decode`: what gzip, deflate, br or zstd make of them; such a download cannot be resumed.
   */
  contentDecoding?: 'keep' | 'decode';
  /**
   * Bytes per second. What all its transfers may receive together, over all workers. The tenant's and the task's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond?: number | null;
  /**
   * Times in which another maximum holds in the place of `maximumBytesPerSecond`. Where several windows are open, the smallest counts.
   */
  bandwidthTimetable?: Array<BandwidthWindow>;
  /**
   * Seconds an event is held at most before the client is woken, at the price of more wakes. Null: until the session has drained, so that one batch is one wake, however long it takes.
   */
  wakeMaximumLatency?: number | null;
  /**
   * Whether a 2xx to `session.events_finished` completes the wake, or only the call.
   */
  wakeCompletion?: 'implied' | 'explicit';
  /**
   * Decisions that the endpoint is asked for, with a webhook whose answer is the decision: before a task with an `earliestBeginDate` begins (`task.will_begin_delayed_request`), and when an origin wants a credential (`task.authentication_challenge`).
   */
  delegateDecisions?: Array<'delayedRequest' | 'authenticationChallenge'>;
  /**
   * Seconds a task waits for a usable answer. Then a delayed request begins, and a challenge fails the task.
   */
  decisionTimeout?: number;
  /**
   * How long files live: for their lease, until the wake completes, or for good.
   */
  fileRetention?: 'lease' | 'untilReturn' | 'permanent';
  /**
   * Seconds a file lives with `fileRetention: lease`.
   */
  fileLeaseSeconds?: number;
};

/**
 * Where events go: exactly one of the fields.
 */
export type GivenDelegate = PullDelegate | EndpointDelegate | UrlDelegate;

/**
 * The configuration that a session has, or is to have.
 */
export type PutSession = {
  configuration?: GivenConfiguration;
};

/**
 * One page of a list.
 */
export type SessionPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Session>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * A named group of tasks with one frozen configuration.
 */
export type Session = {
  /**
   * The session's identifier, unique in the tenant.
   */
  identifier: string;
  /**
   * `finishing`: it takes no new tasks and ends with its last one. `invalidated`: its identifier can be used again.
   */
  state: 'active' | 'finishing' | 'invalidated';
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  configuration: Configuration;
  taskCounts: TaskCounts;
  /**
   * The wake that the client is to complete; null: none.
   */
  openWake: Wake | null;
  /**
   * Events that no endpoint has acknowledged yet.
   */
  undeliveredEvents: number;
  /**
   * Of them, those that are held for the next wake.
   */
  heldEvents: number;
  /**
   * Null while no wake is owed.
   */
  nextWake: NextWake | null;
  /**
   * How the client could work better with the service, with the figures.
   */
  advice: Array<string>;
  /**
   * The new endpoint's secret. Only in a 201, only when one was made: shown this once.
   */
  secret?: string;
};

/**
 * Tasks by state.
 */
export type TaskCounts = {
  /**
   * Tasks that are `suspended`.
   */
  suspended: number;
  /**
   * Tasks that are `waiting`.
   */
  waiting: number;
  /**
   * Tasks that are `running`.
   */
  running: number;
  /**
   * Tasks that are `completed`.
   */
  completed: number;
  /**
   * Tasks that are `failed`.
   */
  failed: number;
  /**
   * Tasks that are `canceled`.
   */
  canceled: number;
};

/**
 * A session as a client gets it that makes it or comes back to it: with what it has to take up again.
 */
export type AssociatedSession = {
  /**
   * The session's identifier, unique in the tenant.
   */
  identifier: string;
  /**
   * `finishing`: it takes no new tasks and ends with its last one. `invalidated`: its identifier can be used again.
   */
  state: 'active' | 'finishing' | 'invalidated';
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  configuration: Configuration;
  taskCounts: TaskCounts;
  /**
   * The wake that the client is to complete; null: none.
   */
  openWake: Wake | null;
  /**
   * Events that no endpoint has acknowledged yet.
   */
  undeliveredEvents: number;
  /**
   * Of them, those that are held for the next wake.
   */
  heldEvents: number;
  /**
   * Null while no wake is owed.
   */
  nextWake: NextWake | null;
  /**
   * How the client could work better with the service, with the figures.
   */
  advice: Array<string>;
  /**
   * The new endpoint's secret. Only in a 201, only when one was made: shown this once.
   */
  secret?: string;
  /**
   * The tasks that have not ended, by their numbers: the first 200, the list of tasks has them all.
   */
  outstandingTasks: Array<Task>;
};

/**
 * Of what is stored.
 */
export type Checksums = {
  /**
   * Base64 of the four big-endian bytes, as S3 writes it.
   */
  crc32: string;
  /**
   * Hex.
   */
  sha256?: string;
  /**
   * Hex.
   */
  md5?: string;
};

/**
 * The tasks of a batch.
 */
export type CreatedBatch = {
  /**
   * In the order they were given.
   */
  tasks: Array<Task>;
  /**
   * How the client could work better with the service, with the figures.
   */
  advice: Array<string>;
};

/**
 * What the task asks for now.
 */
export type CurrentRequest = {
  /**
   * After redirects.
   */
  url: string;
};

/**
 * What a completed task left in storage.
 */
export type TaskFile = {
  /**
   * `temporary`: it goes with its lease. `released` and `expired`: it has gone.
   */
  state: 'temporary' | 'permanent' | 'released' | 'expired';
  /**
   * Its key in object storage.
   */
  key: string;
  /**
   * Size of what is stored.
   */
  bytes: number;
  checksums: Checksums;
  /**
   * When a temporary file goes; null: no clock decides it. RFC 3339.
   */
  leaseExpiresAt: string | null;
};

/**
 * Where a file is to be.
 */
export type MoveFile = {
  /**
   * A relative path, below the tenant's prefix.
   */
  key: string;
};

/**
 * What the task was created with.
 */
export type OriginalRequest = {
  /**
   * As given.
   */
  url: string;
  /**
   * Values are masked.
   */
  headers: {
    [key: string]: string;
  };
};

/**
 * How far a transfer is.
 */
export type Progress = {
  /**
   * Bytes so far.
   */
  countOfBytesReceived: number;
  /**
   * Size of the whole file, once known.
   */
  countOfBytesExpectedToReceive: number | null;
  /**
   * From 0 to 1; null: the size is not known.
   */
  fractionCompleted: number | null;
  /**
   * Of late; null: not known.
   */
  bytesPerSecond: number | null;
  /**
   * At that rate; null: rate or size are not known.
   */
  estimatedSecondsRemaining: number | null;
};

/**
 * How long a file is to be kept.
 */
export type RenewFile = {
  /**
   * The lease ends so many seconds from now.
   */
  seconds: number;
};

/**
 * What the origin said of the resource.
 */
export type TaskResponse = {
  /**
   * HTTP status.
   */
  status: number;
  /**
   * Media type without its parameters; null: not said.
   */
  mimeType: string | null;
  /**
   * What the file would be called on a disk, safe to use.
   */
  suggestedFilename: string;
  /**
   * As it came; null: not said.
   */
  etag: string | null;
  /**
   * As it came; null: not said.
   */
  lastModified: string | null;
  /**
   * The content coding of the stored bytes; null: none.
   */
  contentEncoding: string | null;
  /**
   * False: the body ended with its connection and nothing else, so nothing proves that it is whole.
   */
  lengthVerified: boolean;
};

/**
 * Why an attempt failed.
 */
export type TaskError = {
  /**
   * `NSURLErrorDomain` with its numbers and names, or `BackhaulErrorDomain`.
   */
  domain: string;
  /**
   * Its number in the domain.
   */
  code: number;
  /**
   * Its name in the domain, such as `timedOut`.
   */
  name: string;
  /**
   * Whether the same request may succeed later.
   */
  retriable: boolean;
  /**
   * What went wrong, for people.
   */
  detail: string;
  /**
   * Of a task that has ended and whose parts are kept (72 hours): opaque, creates one task that goes on from there, as `retry` does.
   */
  resumeData: string | null;
  /**
   * Of a task that has ended: why nothing is kept of it. `nothingReceived`: not one part is stored yet (a part is 5 MiB or more). `noStrongValidator`: the origin sent neither a strong ETag nor a strong Last-Modified, or an ETag that changes while the file stays. `rangesNotSupported`: the origin serves no ranges, or answered a request for one with something else. `contentEncoded`: the body is in a content coding (`Content-Encoding`). `allBytesReceived`: the file was just being put together. `contentRefused`: what came is not what was expected, or more than `maximumBytes`. `taskAlreadyEnded`: the task was canceled without resume data, or what was kept has been taken over or has expired.
   */
  resumeDataUnavailableReason?: 'nothingReceived' | 'noStrongValidator' | 'rangesNotSupported' | 'contentEncoded' | 'allBytesReceived' | 'contentRefused' | 'taskAlreadyEnded';
};

/**
 * What the task did on the network.
 */
export type TaskMetrics = {
  /**
   * Its requests, in the order of time.
   */
  transactions: Array<Transaction>;
  /**
   * Redirects that were followed.
   */
  redirectCount: number;
};

/**
 * One page of a list.
 */
export type TaskPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Task>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * A task; `state` says which fields are there.
 */
export type Task = SuspendedTask | WaitingTask | RunningTask | CompletedTask | FailedTask | CanceledTask;

/**
 * A tenant's tasks in numbers.
 */
export type TaskSummary = {
  taskCounts: TaskCounts;
  waitingFor: WaitingCounts;
  /**
   * When the task that has been ready for the longest could have begun, as far as its own times go; null: none is ready. RFC 3339.
   */
  readySince: string | null;
  /**
   * When the oldest of the events happened that are held and worth a wake; null: none is held. RFC 3339.
   */
  heldSince: string | null;
};

/**
 * One request and its response.
 */
export type Transaction = {
  /**
   * Without its query.
   */
  url: string;
  /**
   * HTTP status; null: no status line came.
   */
  status: number | null;
  /**
   * As HTTP names it, such as `http/1.1`.
   */
  protocol: string;
  /**
   * What kind of address it went to; null: it did not come to a connection.
   */
  remoteAddressClass: 'public' | 'private' | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  domainLookupStart: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  domainLookupEnd: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  connectStart: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  secureConnectionStart: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  connectEnd: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  requestStart: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  responseStart: string | null;
  /**
   * Null: the step did not happen. RFC 3339.
   */
  responseEnd: string | null;
  /**
   * Bytes of the body that arrived.
   */
  countOfResponseBodyBytesReceived: number;
  /**
   * The offset it resumed from; null for a whole request.
   */
  resumedFrom: number | null;
};

/**
 * Waiting tasks by reason; one that waits for two counts for both.
 */
export type WaitingCounts = {
  /**
   * Tasks that wait for `earliestBeginDate`.
   */
  earliestBeginDate: number;
  /**
   * Tasks that wait for `wakeLimiter`.
   */
  wakeLimiter: number;
  /**
   * Tasks that wait for `discretionary`.
   */
  discretionary: number;
  /**
   * Tasks that wait for `tenantCapacity`.
   */
  tenantCapacity: number;
  /**
   * Tasks that wait for `quota`.
   */
  quota: number;
  /**
   * Tasks that wait for `hostCapacity`.
   */
  hostCapacity: number;
  /**
   * Tasks that wait for `hostBackoff`.
   */
  hostBackoff: number;
  /**
   * Tasks that wait for `retryBackoff`.
   */
  retryBackoff: number;
  /**
   * Tasks that wait for `delegateDecision`.
   */
  delegateDecision: number;
  /**
   * Tasks that wait for `capacity`.
   */
  capacity: number;
};

/**
 * Why a waiting task has not begun.
 */
export type WaitingFor = {
  /**
   * Why. More reasons may come.
   */
  reason: 'earliestBeginDate' | 'wakeLimiter' | 'discretionary' | 'tenantCapacity' | 'quota' | 'hostCapacity' | 'hostBackoff' | 'retryBackoff' | 'delegateDecision' | 'capacity';
  /**
   * Absent when no clock decides it. RFC 3339.
   */
  until?: string;
  /**
   * Why, for people.
   */
  detail: string;
};

/**
 * What speaks against a file although its transfer has succeeded.
 */
export type TaskWarning = {
  /**
   * What kind of warning. More may come.
   */
  code: 'html_instead_of_file' | 'json_instead_of_file' | 'lfs_pointer' | 'unexpected_size' | 'length_not_verified' | 'lenient_head' | 'no_content' | 'unexpected_status' | 'content_encoded' | 'validator_unstable' | 'ranges_unusable' | 'redirect_credentials_dropped';
  /**
   * What was found, for people.
   */
  detail: string;
};

/**
 * What the bytes must be, or the task fails.
 */
export type Expected = {
  /**
   * Exact size.
   */
  bytes?: number;
  /**
   * SHA-256 in hex.
   */
  sha256?: string;
  /**
   * MD5 in hex.
   */
  md5?: string;
  /**
   * CRC-32 as base64 of four big-endian bytes or as eight hexadecimal digits.
   */
  crc32?: string;
  /**
   * One of these must be the media type.
   */
  mimeTypes?: Array<string>;
};

/**
 * All of them are created or none.
 */
export type GivenBatch = {
  /**
   * In the order of their numbers.
   */
  tasks: Array<GivenTask>;
};

/**
 * What is asked of the origin.
 */
export type GivenRequest = {
  /**
   * http or https. No user name, password or private address.
   */
  url: string;
  /**
   * Sent with the request. Values are write-only: they are shown masked.
   */
  headers?: {
    [key: string]: string;
  };
};

/**
 * One download: exactly one of `url`, `request` and `resumeData`, and what else is to be said.
 */
export type GivenTask = GivenTaskWithUrl | GivenTaskWithRequest | GivenTaskWithResumeData;

/**
 * How a task is canceled.
 */
export type CancelTask = {
  /**
   * Keep what was received for 72 hours, for a task made of the resume data.
   */
  producingResumeData?: boolean;
};

/**
 * A canceled task, and what is kept of it.
 */
export type Cancellation = {
  task: Task;
  /**
   * Opaque; creates one task that goes on where this one stopped. Null unless asked for and possible.
   */
  resumeData: string | null;
  /**
   * Why there is none although it was asked for. `nothingReceived`: not one part is stored yet (a part is 5 MiB or more). `noStrongValidator`: the origin sent neither a strong ETag nor a strong Last-Modified, or an ETag that changes while the file stays. `rangesNotSupported`: the origin serves no ranges, or answered a request for one with something else. `contentEncoded`: the body is in a content coding (`Content-Encoding`). `allBytesReceived`: the file was just being put together. `contentRefused`: what came is not what was expected, or more than `maximumBytes`. `taskAlreadyEnded`: the task was canceled without resume data, or what was kept has been taken over or has expired.
   */
  resumeDataUnavailableReason?: 'nothingReceived' | 'noStrongValidator' | 'rangesNotSupported' | 'contentEncoded' | 'allBytesReceived' | 'contentRefused' | 'taskAlreadyEnded';
};

/**
 * What is not named stays as it is. `metadata` replaces all that was there.
 */
export type ChangeTask = {
  /**
   * Among the tenant's own tasks; 1 comes first.
   */
  priority?: number;
  /**
   * Echoed in every event. Null takes it away.
   */
  taskDescription?: string | null;
  /**
   * Echoed in every event; 4096 bytes as JSON at most.
   */
  metadata?: {
    [key: string]: string;
  };
  /**
   * Bytes per second. What its transfer may receive; the session's and the tenant's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond?: number | null;
  /**
   * http or https. No user name, password or private address.
   */
  url?: string;
};

/**
 * How a task is tried again.
 */
export type RetryTask = {
  /**
   * http or https. No user name, password or private address.
   */
  url?: string;
};

/**
 * A compact JWS (RFC 7515): header `{alg: "EdDSA", typ: "backhaul-receipt+jwt", kid}`, signed with Ed25519. Its payload is a
 * JWT claims set (RFC 7519): `iss` (`PUBLIC_URL`, left out if there is none), `sub` (the task's id), `iat` (when it ended),
 * `tenantId`, `sessionIdentifier`, `url` and `finalUrl` (both without query), `response` (`status`, `etag`, `lastModified`),
 * `file` (`bytes`, `checksums`), `createdAt`, `beganAt`, `endedAt`.
 */
export type Receipt = string;

/**
 * A public key as JWK (RFC 7517, RFC 8037).
 */
export type SigningKey = {
  /**
   * Its kind: an octet key pair.
   */
  kty: 'OKP';
  /**
   * Its curve.
   */
  crv: 'Ed25519';
  /**
   * The public key, 32 bytes.
   */
  x: string;
  /**
   * Its thumbprint (RFC 7638), as in the header of receipts.
   */
  kid: string;
  /**
   * What it signs with.
   */
  alg: 'EdDSA';
  /**
   * It verifies signatures.
   */
  use: 'sig';
};

/**
 * A JWK Set (RFC 7517).
 */
export type SigningKeys = {
  /**
   * Newest first. Keys that sign no more are among them.
   */
  keys: Array<SigningKey>;
};

/**
 * What becomes of a task whose origin wants a credential. At most 16 KiB of JSON. Any other answer cannot be used and is asked for again.
 */
export type AuthenticationChallengeAnswer = ({
  disposition: 'useCredential';
} & UseCredential) | ({
  disposition: 'cancel';
} & CancelLoading);

/**
 * A name and a password, as Apple calls them.
 */
export type BasicCredential = {
  /**
   * The default without a `token`.
   */
  scheme?: 'basic';
  /**
   * Without a colon (RFC 7617).
   */
  user: string;
  /**
   * RFC 7617.
   */
  password: string;
};

/**
 * A token.
 */
export type BearerCredential = {
  /**
   * The default with a `token`.
   */
  scheme?: 'bearer';
  /**
   * RFC 6750.
   */
  token: string;
};

/**
 * The task is canceled.
 */
export type CancelLoading = {
  /**
   * Which decision it is.
   */
  disposition: 'cancel';
};

/**
 * What an origin wants to see before it answers.
 */
export type Challenge = {
  /**
   * What the origin answered.
   */
  status: 401 | 407;
  /**
   * The host of the request, with its port unless it is the scheme’s.
   */
  host: string;
  /**
   * In lower case, in the order of `WWW-Authenticate`; empty when it is missing or not understood.
   */
  schemes: Array<string>;
  /**
   * Of the first scheme that has one.
   */
  realm: string | null;
};

/**
 * The task begins with the request that it has.
 */
export type ContinueLoading = {
  /**
   * Which decision it is.
   */
  disposition: 'continueLoading';
};

/**
 * Sent to the task's host in the `Authorization` header, and nowhere else.
 */
export type Credential = BasicCredential | UsernameCredential | BearerCredential;

/**
 * What becomes of a delayed request. At most 16 KiB of JSON. Any other answer cannot be used and is asked for again.
 */
export type DelayedRequestAnswer = ({
  disposition: 'continueLoading';
} & ContinueLoading) | ({
  disposition: 'useNewRequest';
} & UseNewRequest) | ({
  disposition: 'cancel';
} & CancelLoading);

/**
 * The task is tried again with the credential.
 */
export type UseCredential = {
  /**
   * Which decision it is.
   */
  disposition: 'useCredential';
  credential: Credential;
};

/**
 * The task begins with this request, which is a whole one.
 */
export type UseNewRequest = {
  /**
   * Which decision it is.
   */
  disposition: 'useNewRequest';
  request: GivenRequest;
};

/**
 * The same with the more usual word for the name.
 */
export type UsernameCredential = {
  /**
   * The default without a `token`.
   */
  scheme?: 'basic';
  /**
   * Without a colon (RFC 7617).
   */
  username: string;
  /**
   * RFC 7617.
   */
  password: string;
};

/**
 * One thing that happened to a task.
 */
export type TimelineEntry = {
  /**
   * When. Of a request: by the clock of the worker that made it. RFC 3339.
   */
  at: string;
  /**
   * What happened. More kinds may come.
   */
  kind: 'created' | 'admitted' | 'gated' | 'held' | 'suspended' | 'resumed' | 'released' | 'changed' | 'putOff' | 'due' | 'dispatched' | 'began' | 'requested' | 'resumedAtOffset' | 'sealed' | 'attemptFailed' | 'handedBack' | 'leaseLost' | 'asked' | 'decided' | 'completed' | 'failed' | 'canceled' | 'event' | 'wakeOpened' | 'delivered' | 'deliveryFailed' | 'deliveryCanceled' | 'wakeCompleted' | 'wakeExpired' | 'fileKept' | 'fileMoved' | 'fileRenewed' | 'fileReleased' | 'fileExpired' | 'waiting';
  /**
   * What happened and why, for people.
   */
  detail: string;
  /**
   * Of the last entries of a waiting task: what it waits for now.
   */
  reason?: 'earliestBeginDate' | 'wakeLimiter' | 'discretionary' | 'tenantCapacity' | 'quota' | 'hostCapacity' | 'hostBackoff' | 'retryBackoff' | 'delegateDecision' | 'capacity';
  /**
   * Until when the task, or its file, was then to stay as it was. RFC 3339.
   */
  until?: string;
  /**
   * Number of the attempt; at the end: how many.
   */
  attempt?: number;
  /**
   * The worker process that had the task.
   */
  workerId?: string;
  /**
   * The error's name.
   */
  error?: string;
  /**
   * The origin's status.
   */
  status?: number;
  /**
   * The byte that was asked for first.
   */
  offset?: number;
  /**
   * How many came or were stored.
   */
  bytes?: number;
  /**
   * The file's key in object storage.
   */
  key?: string;
  /**
   * Id of the event.
   */
  eventId?: string;
  /**
   * Type of that event.
   */
  eventType?: string;
  /**
   * Id of the delivery.
   */
  deliveryId?: string;
  /**
   * Id of the wake.
   */
  wakeId?: string;
};

/**
 * A page of what happened to a task.
 */
export type Timeline = {
  /**
   * In the order of time.
   */
  data: Array<TimelineEntry>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
  /**
   * Of a task that was dispatched, suspended or retried very often, the first 50 steps and the newest 450 are kept; so many between them are not.
   */
  omittedSteps: number;
};

/**
 * Which endpoint was disabled, and why.
 */
export type EndpointDisabledData = {
  /**
   * Id of the endpoint that gets nothing more.
   */
  endpointId: string;
  /**
   * Null for a stream.
   */
  url: string | null;
  /**
   * Why, for people.
   */
  reason: string;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * Which endpoint is tested.
 */
export type EndpointTestData = {
  /**
   * Id of the endpoint that is tested.
   */
  endpointId: string;
  example?: EventExample;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * What an event of the type that was asked for looks like.
 */
export type EventExample = {
  /**
   * The type that was asked for.
   */
  type: 'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test';
  /**
   * What `data` is of such an event.
   */
  data: {
    [key: string]: unknown;
  };
};

/**
 * A page of the feed.
 */
export type EventFeed = {
  /**
   * By their `tenantSequence`.
   */
  data: Array<Event>;
  /**
   * Give it as `after` to go on, also when there was nothing new. Null: read from the newest on, this was the first event.
   */
  nextCursor: string | null;
};

/**
 * A fact, written in the same transaction as the change that made it true.
 */
export type Event = ({
  type: 'task.finished_downloading';
} & TaskFinishedDownloadingEvent) | ({
  type: 'task.completed';
} & TaskCompletedEvent) | ({
  type: 'session.wake';
} & SessionWakeEvent) | ({
  type: 'session.events_finished';
} & SessionEventsFinishedEvent) | ({
  type: 'session.invalidated';
} & SessionInvalidatedEvent) | ({
  type: 'wake.expired';
} & WakeExpiredEvent) | ({
  type: 'file.expired';
} & FileExpiredEvent) | ({
  type: 'task.will_begin_delayed_request';
} & TaskWillBeginDelayedRequestEvent) | ({
  type: 'task.authentication_challenge';
} & TaskAuthenticationChallengeEvent) | ({
  type: 'endpoint.disabled';
} & EndpointDisabledEvent) | ({
  type: 'endpoint.test';
} & EndpointTestEvent);

/**
 * Which file has gone.
 */
export type FileExpiredData = {
  /**
   * Id of the task whose file it was.
   */
  taskId: string;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * The wake that has opened.
 */
export type SessionWakeData = {
  /**
   * How many events follow.
   */
  eventCount: number;
  /**
   * When the wake expires. RFC 3339.
   */
  deadline: string;
  /**
   * The wake limiter's delay from now on, in seconds.
   */
  delayAfterSeconds: number;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
  /**
   * For `POST /v1/wakes/{id}/complete`.
   */
  completionToken?: string;
};

/**
 * The task, and what its origin wants.
 */
export type TaskChallengeData = {
  task: Task;
  challenge: Challenge;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * The task, as it was then.
 */
export type TaskEventData = {
  task: Task;
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * The wake, and nothing else.
 */
export type WakeEventData = {
  /**
   * The wake it is delivered in; null before there is one.
   */
  wakeId: string | null;
};

/**
 * The `data` of one message, as JSON. `event` is its type, which is not in the data of what only happens: there `state`, `progress` and `offset` tell the members apart. An `id` comes only with what is stored: the events of the feed.
 */
export type StreamMessage = Event | TaskStateNote | TaskProgressNote | TaskResumedNote;

/**
 * `task.progress`: at most two a second for each task.
 */
export type TaskProgressNote = {
  /**
   * Id of the task.
   */
  taskId: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  progress: Progress;
};

/**
 * `task.resumed_at_offset`: the transfer goes on from there.
 */
export type TaskResumedNote = {
  /**
   * Id of the task.
   */
  taskId: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Bytes that were stored before and are not fetched again.
   */
  offset: number;
  /**
   * Size of the whole file, once known.
   */
  expectedTotalBytes: number | null;
};

/**
 * `task.state`: the task has come to this state.
 */
export type TaskStateNote = {
  /**
   * Id of the task.
   */
  taskId: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * The state that it has come to.
   */
  state: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';
  /**
   * Why it waits; absent when nobody had the time to look.
   */
  waitingFor?: Array<WaitingFor>;
};

/**
 * What is not named stays as it is; null takes it away.
 */
export type ChangeEndpoint = {
  /**
   * https; http only where the operator allows it.
   */
  url?: string;
  /**
   * Empty: all. Wakes and decisions are always delivered.
   */
  eventTypes?: Array<'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test'>;
  /**
   * For people.
   */
  description?: string | null;
  /**
   * Sent with every delivery, such as `Authorization`; kept sealed. Not those that the service sets itself.
   */
  headers?: {
    [key: string]: string;
  } | null;
  /**
   * Null: as many as it takes.
   */
  maximumDeliveriesPerSecond?: number | null;
};

/**
 * One page of a list.
 */
export type EndpointPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Endpoint>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * Where a tenant's webhooks go.
 */
export type Endpoint = {
  /**
   * Id of the endpoint.
   */
  id: string;
  /**
   * `stream`: the receiver connects, and nothing is sent to a URL.
   */
  kind: 'http' | 'stream';
  /**
   * Null for a stream.
   */
  url: string | null;
  /**
   * For people; null: none.
   */
  description: string | null;
  /**
   * Empty: all.
   */
  eventTypes: Array<'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test'>;
  /**
   * `disabled`: nothing is sent, its events wait.
   */
  state: 'enabled' | 'disabled';
  /**
   * Why, for people; null: it is enabled.
   */
  disabledReason: string | null;
  /**
   * Since when. RFC 3339.
   */
  disabledAt: string | null;
  /**
   * Enough of the secret, or public key, to tell it from others.
   */
  secretHint: string;
  /**
   * Those before it that still sign beside it, the one that signs longest first.
   */
  olderSecrets: Array<OlderSecret>;
  /**
   * Static header fields of every delivery. Their values are never shown.
   */
  headers: {
    [key: string]: string;
  };
  /**
   * `v1`: HMAC-SHA256. `v1a`: Ed25519.
   */
  signatureScheme: 'v1' | 'v1a';
  /**
   * With `v1a`: verifies signatures, `whpk_…`.
   */
  publicKey: string | null;
  /**
   * Null: as many as it takes.
   */
  maximumDeliveriesPerSecond: number | null;
  /**
   * Whether it has to answer `endpoint.verification` before its first event, and has.
   */
  verification: 'none' | 'pending' | 'verified';
  /**
   * Nothing has succeeded since then, and something has failed. RFC 3339.
   */
  failingSince: string | null;
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
};

/**
 * One page of a list.
 */
export type EndpointStatsPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<EndpointStats>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * How an endpoint's last attempts went.
 */
export type EndpointStats = {
  /**
   * Id of the endpoint.
   */
  endpointId: string;
  /**
   * How many these figures are of: the last ones, 50 at most.
   */
  attempts: number;
  /**
   * Of them, those that were answered with a 2xx.
   */
  succeeded: number;
  /**
   * Half of them took so long at most; null: there were none.
   */
  medianMs: number | null;
  /**
   * 95 % of them took so long at most; null: there were none.
   */
  p95Ms: number | null;
  /**
   * These attempts, the newest first.
   */
  recent: Array<RecentAttempt>;
};

/**
 * An endpoint that is to be made.
 */
export type GivenEndpoint = {
  /**
   * `stream`: the receiver connects to `GET …/{id}/connect`, and there is no `url`.
   */
  kind?: 'http' | 'stream';
  /**
   * https; http only where the operator allows it. Not for a stream.
   */
  url?: string;
  /**
   * Empty: all. Wakes and decisions are always delivered.
   */
  eventTypes?: Array<'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test'>;
  /**
   * For people.
   */
  description?: string | null;
  /**
   * Sent with every delivery, such as `Authorization`; kept sealed. Not those that the service sets itself.
   */
  headers?: {
    [key: string]: string;
  } | null;
  /**
   * Null: as many as it takes.
   */
  maximumDeliveriesPerSecond?: number | null;
  /**
   * `whsec_` and the base64 of 24 to 64 bytes; one is made if there is none. Only with `v1`.
   */
  secret?: string;
  /**
   * `v1`: HMAC-SHA256 with a shared secret. `v1a`: Ed25519; the receiver needs the public key only.
   */
  signatureScheme?: 'v1' | 'v1a';
  /**
   * `challenge`: nothing is sent before the receiver has answered `endpoint.verification`. The default is the operator’s. Not for a stream.
   */
  verification?: 'none' | 'challenge';
};

/**
 * A secret, or key, that another one has replaced.
 */
export type OlderSecret = {
  /**
   * As `secretHint`.
   */
  hint: string;
  /**
   * Until then it signs. RFC 3339.
   */
  expiresAt: string;
};

/**
 * An attempt of a delivery, in short.
 */
export type RecentAttempt = {
  /**
   * When it began. RFC 3339.
   */
  startedAt: string;
  /**
   * Milliseconds.
   */
  durationMs: number;
  /**
   * HTTP status; null when no status line came.
   */
  status: number | null;
};

/**
 * How the secret of an endpoint is replaced.
 */
export type RotateSecret = {
  /**
   * How long the secrets before it go on to sign as well.
   */
  overlapSeconds?: number;
  /**
   * `whsec_` and the base64 of 24 to 64 bytes; one is made if there is none. Only with `v1`.
   */
  secret?: string;
};

/**
 * The event of a test, on its way.
 */
export type SentTest = {
  /**
   * Id of the event.
   */
  eventId: string;
  /**
   * Id of the delivery.
   */
  deliveryId: string;
};

/**
 * An endpoint with its secret.
 */
export type ShownEndpoint = {
  /**
   * Id of the endpoint.
   */
  id: string;
  /**
   * `stream`: the receiver connects, and nothing is sent to a URL.
   */
  kind: 'http' | 'stream';
  /**
   * Null for a stream.
   */
  url: string | null;
  /**
   * For people; null: none.
   */
  description: string | null;
  /**
   * Empty: all.
   */
  eventTypes: Array<'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test'>;
  /**
   * `disabled`: nothing is sent, its events wait.
   */
  state: 'enabled' | 'disabled';
  /**
   * Why, for people; null: it is enabled.
   */
  disabledReason: string | null;
  /**
   * Since when. RFC 3339.
   */
  disabledAt: string | null;
  /**
   * Enough of the secret, or public key, to tell it from others.
   */
  secretHint: string;
  /**
   * Those before it that still sign beside it, the one that signs longest first.
   */
  olderSecrets: Array<OlderSecret>;
  /**
   * Static header fields of every delivery. Their values are never shown.
   */
  headers: {
    [key: string]: string;
  };
  /**
   * `v1`: HMAC-SHA256. `v1a`: Ed25519.
   */
  signatureScheme: 'v1' | 'v1a';
  /**
   * With `v1a`: verifies signatures, `whpk_…`.
   */
  publicKey: string | null;
  /**
   * Null: as many as it takes.
   */
  maximumDeliveriesPerSecond: number | null;
  /**
   * Whether it has to answer `endpoint.verification` before its first event, and has.
   */
  verification: 'none' | 'pending' | 'verified';
  /**
   * Nothing has succeeded since then, and something has failed. RFC 3339.
   */
  failingSince: string | null;
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  /**
   * Verifies signatures (Standard Webhooks). Shown this once. Null with `v1a`, where `publicKey` does.
   */
  secret: string | null;
};

/**
 * What the test event is to hold.
 */
export type TestEndpoint = {
  /**
   * Of the event that an example is wanted of.
   */
  type?: 'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test';
};

/**
 * All attempts of a delivery.
 */
export type AttemptList = {
  /**
   * In the order of time.
   */
  data: Array<Attempt>;
  /**
   * What the newest of them sent, byte for byte, a challenge aside: all sent the same, but one that was told again in a later wake. Null before the first, and while it waits for a later wake; and of a `session.wake` without the scope `write`, because its token completes the wake.
   */
  requestBody: string | null;
};

/**
 * One POST of a delivery.
 */
export type Attempt = {
  /**
   * Id of the attempt.
   */
  id: string;
  /**
   * The first is 1.
   */
  number: number;
  /**
   * When it began. RFC 3339.
   */
  startedAt: string;
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string | null;
  /**
   * Milliseconds.
   */
  durationMs: number | null;
  /**
   * HTTP status; null when no status line came.
   */
  status: number | null;
  /**
   * Why there was no answer, or why it is of no use as a decision.
   */
  error: string | null;
  /**
   * What was wrong with the rest of a response whose status counts: its body broke off, was longer than 16 KiB or did not come in time, or its head was malformed.
   */
  note: string | null;
  /**
   * What it was sent with; signatures and header fields of your own are masked. Null while its outcome is not known.
   */
  requestHeaders: {
    [key: string]: string;
  } | null;
  /**
   * As they came, names in lower case; the value of `set-cookie` is masked. At most 4 KiB. Null: there was no response, or it was a decision.
   */
  responseHeaders: {
    [key: string]: string;
  } | null;
  /**
   * The first 16 KiB of the answer, control characters as `\u001b`; never that of a decision.
   */
  responseBody: string | null;
};

/**
 * One page of a list.
 */
export type DeliveryPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Delivery>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * One event for one endpoint.
 */
export type Delivery = {
  /**
   * Id of the delivery.
   */
  id: string;
  /**
   * Id of the event.
   */
  eventId: string;
  /**
   * Type of the event.
   */
  eventType: 'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test';
  /**
   * Id of the endpoint.
   */
  endpointId: string;
  /**
   * The session's identifier, unique in the tenant. Null: the event belongs to no session.
   */
  sessionIdentifier: string | null;
  /**
   * Id of the wake.
   */
  wakeId: string | null;
  /**
   * `failed`: no attempt succeeded, and there will be none. `canceled`: it is not wanted any more.
   */
  state: 'pending' | 'succeeded' | 'failed' | 'canceled';
  /**
   * How often it was tried.
   */
  attempts: number;
  /**
   * When it is tried next. RFC 3339.
   */
  nextAttemptAt: string | null;
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string | null;
};

/**
 * The `data` of one message, as JSON. `event` is its type: `delivery` or `closed`; a `reason` is only in the latter.
 */
export type ConnectMessage = DeliveryMessage | ConnectionClosed;

/**
 * The data of a `closed` message, the last one. Do not connect again.
 */
export type ConnectionClosed = {
  /**
   * `replaced`: another connection of the endpoint has taken its place. `unauthorized`: the key has ended.
   */
  reason: 'replaced' | 'disabled' | 'deleted' | 'unauthorized';
  /**
   * Why, for people.
   */
  detail: string;
};

/**
 * The data of a `delivery` message. Answer it within 20 s.
 */
export type DeliveryMessage = {
  /**
   * Id of the delivery.
   */
  deliveryId: string;
  /**
   * Id of the event.
   */
  eventId: string;
  /**
   * Number of the attempt.
   */
  attempt: number;
  /**
   * As they would come with a POST; names in lower case.
   */
  headers: {
    [key: string]: string;
  };
  /**
   * The exact text that is signed.
   */
  body: string;
};

/**
 * What a receiver behind a connection answered.
 */
export type GivenAnswer = {
  /**
   * As an HTTP receiver would have answered. Null: there was no response, and `error` says why.
   */
  status: number | null;
  /**
   * `Retry-After` is honoured.
   */
  headers?: {
    [key: string]: string;
  };
  /**
   * The first 16 KiB are kept. The answer to a decision is read from it.
   */
  body?: string;
  /**
   * Only with a status of null.
   */
  error?: string;
  /**
   * Only with a status: why the body is not whole. The status counts; a decision needs the whole body.
   */
  note?: string;
};

/**
 * Until it comes, events wait. Further members do not matter.
 */
export type EndpointVerificationAnswer = {
  /**
   * As it came.
   */
  challenge: string;
};

/**
 * What the receiver is asked.
 */
export type EndpointVerificationData = {
  /**
   * Id of the endpoint.
   */
  endpointId: string;
  /**
   * To be repeated in the answer.
   */
  challenge: string;
};

/**
 * Asked before the first event of an endpoint that must be verified, and again at a new URL.
 */
export type EndpointVerification = {
  /**
   * Id of the attempt; another one each time.
   */
  id: string;
  /**
   * What tells it from events.
   */
  type: 'endpoint.verification';
  /**
   * When it was asked. RFC 3339.
   */
  timestamp: string;
  data: EndpointVerificationData;
};

/**
 * The range of events that is to be delivered again.
 */
export type GivenRecovery = {
  /**
   * Events from then on; at most 30 days ago. RFC 3339.
   */
  since: string;
  /**
   * Events before then; default: now. RFC 3339.
   */
  until?: string;
};

/**
 * A range of events that is delivered again to an endpoint.
 */
export type Recovery = {
  /**
   * Id of the recovery.
   */
  id: string;
  /**
   * Id of the endpoint.
   */
  endpointId: string;
  /**
   * Canceled: the endpoint was disabled or deleted meanwhile.
   */
  state: 'running' | 'completed' | 'canceled';
  /**
   * The beginning of the range. RFC 3339.
   */
  since: string;
  /**
   * The end of the range, not part of it. RFC 3339.
   */
  until: string;
  /**
   * The tenant's events in the range when it began.
   */
  total: number;
  /**
   * Events that were looked at so far.
   */
  examined: number;
  /**
   * Deliveries that were started again or made so far.
   */
  queued: number;
  /**
   * When it began. RFC 3339.
   */
  createdAt: string;
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string | null;
};

/**
 * One page of a list.
 */
export type TenantUsagePage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<TenantUsagePoint>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * What one of the tenants used in an hour or a day.
 */
export type TenantUsagePoint = {
  /**
   * Id of the tenant.
   */
  tenantId: string;
  /**
   * Its beginning, in UTC. RFC 3339.
   */
  at: string;
  /**
   * Tasks that were created.
   */
  tasksCreated: number;
  /**
   * Tasks that completed.
   */
  tasksCompleted: number;
  /**
   * Tasks that failed.
   */
  tasksFailed: number;
  /**
   * Tasks that were canceled.
   */
  tasksCanceled: number;
  /**
   * Of the tasks that ended, as their last event has it (`countOfBytesReceived`): bytes that a task took over from another one are counted with both.
   */
  bytesReceived: number;
  /**
   * Of the tasks that ended. Downloads send none.
   */
  bytesSent: number;
  /**
   * The average over all moments of what the files took that were there for the client, temporary and permanent ones. What is not over yet is averaged up to now.
   */
  bytesStoredAverage: number;
  /**
   * Wakes that were opened.
   */
  wakes: number;
  /**
   * Attempts of deliveries with a result.
   */
  deliveryAttempts: number;
  /**
   * Of them, those that the receiver did not take.
   */
  deliveryAttemptsFailed: number;
  /**
   * Requests with a valid key, written every few seconds: those of the last moments before a process was killed are not counted.
   */
  requests: number;
};

/**
 * What a tenant used in an hour or a day.
 */
export type UsagePoint = {
  /**
   * Its beginning, in UTC. RFC 3339.
   */
  at: string;
  /**
   * Tasks that were created.
   */
  tasksCreated: number;
  /**
   * Tasks that completed.
   */
  tasksCompleted: number;
  /**
   * Tasks that failed.
   */
  tasksFailed: number;
  /**
   * Tasks that were canceled.
   */
  tasksCanceled: number;
  /**
   * Of the tasks that ended, as their last event has it (`countOfBytesReceived`): bytes that a task took over from another one are counted with both.
   */
  bytesReceived: number;
  /**
   * Of the tasks that ended. Downloads send none.
   */
  bytesSent: number;
  /**
   * The average over all moments of what the files took that were there for the client, temporary and permanent ones. What is not over yet is averaged up to now.
   */
  bytesStoredAverage: number;
  /**
   * Wakes that were opened.
   */
  wakes: number;
  /**
   * Attempts of deliveries with a result.
   */
  deliveryAttempts: number;
  /**
   * Of them, those that the receiver did not take.
   */
  deliveryAttemptsFailed: number;
  /**
   * Requests with a valid key, written every few seconds: those of the last moments before a process was killed are not counted.
   */
  requests: number;
};

/**
 * What a tenant used.
 */
export type Usage = {
  /**
   * Every hour or day, in the order of time.
   */
  data: Array<UsagePoint>;
  totals: UsageTotals;
};

/**
 * Of all points.
 */
export type UsageTotals = {
  /**
   * Tasks that were created.
   */
  tasksCreated: number;
  /**
   * Tasks that completed.
   */
  tasksCompleted: number;
  /**
   * Tasks that failed.
   */
  tasksFailed: number;
  /**
   * Tasks that were canceled.
   */
  tasksCanceled: number;
  /**
   * Of the tasks that ended, as their last event has it (`countOfBytesReceived`): bytes that a task took over from another one are counted with both.
   */
  bytesReceived: number;
  /**
   * Of the tasks that ended. Downloads send none.
   */
  bytesSent: number;
  /**
   * The average over all moments of what the files took that were there for the client, temporary and permanent ones. What is not over yet is averaged up to now.
   */
  bytesStoredAverage: number;
  /**
   * Wakes that were opened.
   */
  wakes: number;
  /**
   * Attempts of deliveries with a result.
   */
  deliveryAttempts: number;
  /**
   * Of them, those that the receiver did not take.
   */
  deliveryAttemptsFailed: number;
  /**
   * Requests with a valid key, written every few seconds: those of the last moments before a process was killed are not counted.
   */
  requests: number;
};

/**
 * The tasks at the moment.
 */
export type StatsNow = {
  /**
   * When that was, by the clock of the database. RFC 3339.
   */
  at: string;
  /**
   * Tasks that run.
   */
  running: number;
  /**
   * Tasks that wait, suspended ones among them.
   */
  waiting: number;
};

/**
 * What happened in a minute or an hour.
 */
export type StatsPoint = {
  /**
   * Its beginning, in UTC. RFC 3339.
   */
  at: string;
  /**
   * Tasks that were created.
   */
  tasksCreated: number;
  /**
   * Tasks that completed.
   */
  tasksCompleted: number;
  /**
   * Tasks that failed.
   */
  tasksFailed: number;
  /**
   * Tasks that were canceled.
   */
  tasksCanceled: number;
  /**
   * Of the tasks that ended.
   */
  bytesReceived: number;
  /**
   * Wakes that were opened.
   */
  wakes: number;
  /**
   * Attempts of deliveries with a result.
   */
  deliveryAttempts: number;
  /**
   * Of them, those that the receiver did not take.
   */
  deliveryAttemptsFailed: number;
  /**
   * The most tasks that ran at the end of one of its minutes; null: nobody looked yet.
   */
  running: number | null;
  /**
   * The most tasks that waited at the end of one of its minutes, suspended ones among them; null: nobody looked yet.
   */
  waiting: number | null;
};

/**
 * What a tenant's tasks did of late.
 */
export type Stats = {
  /**
   * What was asked for.
   */
  range: string;
  /**
   * So long is each point: a minute or an hour.
   */
  stepSeconds: number;
  /**
   * The beginning of the first point. RFC 3339.
   */
  from: string;
  /**
   * The end of the last point, which is not over. RFC 3339.
   */
  until: string;
  /**
   * When a worker has last looked at the tasks of all tenants, usually a minute ago at most; null: never. RFC 3339.
   */
  sampledAt: string | null;
  /**
   * Every minute or hour, in the order of time.
   */
  data: Array<StatsPoint>;
  now: StatsNow;
};

/**
 * One page of a list.
 */
export type WorkerPage = {
  /**
   * In the order that the operation describes.
   */
  data: Array<Worker>;
  /**
   * Give it as `cursor` for the next page; null: this was the last.
   */
  nextCursor: string | null;
};

/**
 * A process that fetches and sends.
 */
export type Worker = {
  /**
   * Id of the worker.
   */
  id: string;
  /**
   * Of the service that it runs.
   */
  version: string;
  /**
   * Name of its machine or container.
   */
  host: string;
  /**
   * When the process started. RFC 3339.
   */
  startedAt: string;
  /**
   * When it reported last; it does so every 5 s. `running` is from then. RFC 3339.
   */
  lastSeenAt: string;
  /**
   * Transfers that it runs at most: `WORKER_CONCURRENCY`, and a quarter more for tenants that have none under way.
   */
  slots: number;
  /**
   * Transfers in hand.
   */
  running: number;
  /**
   * `running`: it takes tasks. `draining`: it takes no more, and ends those that it has.
   */
  state: 'running' | 'draining';
};

/**
 * Sessions that have events for an endpoint.
 */
export type DeliveryLanes = {
  /**
   * Lanes with something to send that nobody is at; maybe their endpoint rests.
   */
  due: number;
  /**
   * Lanes that a worker is at.
   */
  leased: number;
  /**
   * Of those, the ones whose lease has ended: another worker takes them.
   */
  late: number;
};

/**
 * Tasks in flight.
 */
export type Leases = {
  /**
   * Tasks that it has.
   */
  leases: number;
  /**
   * Those whose lease has ended: the reaper is about to take them back.
   */
  late: number;
  /**
   * When the first of the leases ends. Workers renew them every few seconds. RFC 3339. Null: it has none.
   */
  nextEndAt: string | null;
};

/**
 * What one process counts for all, every 15 s or less often.
 */
export type QueueSample = {
  /**
   * When it was counted. RFC 3339.
   */
  at: string;
  /**
   * Tasks that wait.
   */
  waiting: number;
  /**
   * Those of them that may begin and have no place yet.
   */
  due: number;
  waitingFor: WaitingCounts;
  /**
   * Since the oldest task that waits was created. Seconds.
   */
  oldestWaitingSeconds: number;
  /**
   * For how long the oldest task that may begin has waited for its claim. Seconds.
   */
  dispatchLagSeconds: number;
  /**
   * Transfers that all workers run at once.
   */
  slots: number;
  /**
   * Connections to origins, of all workers.
   */
  connections: number;
  /**
   * Hosts that are left alone after failures or by their own wish.
   */
  hostsBlocked: number;
  /**
   * Deliveries that are to be sent.
   */
  deliveriesPending: number;
  /**
   * Since the oldest delivery that is due became so. Seconds.
   */
  oldestDeliverySeconds: number;
};

/**
 * What dispatch and workers are at. `claimed`: tasks that were claimed, and that no worker has begun yet.
 */
export type Queue = {
  /**
   * When that was, by the clock of the database. RFC 3339.
   */
  at: string;
  claimed: Leases;
  /**
   * Every worker, in the order of their starts; those that are gone and still have leases last.
   */
  workers: Array<WorkerLeases>;
  deliveryLanes: DeliveryLanes;
  /**
   * Null: nobody has counted yet.
   */
  sample: QueueSample | null;
};

/**
 * Tasks in flight of a worker.
 */
export type WorkerLeases = {
  /**
   * Id of the worker.
   */
  workerId: string;
  /**
   * Name of its machine or container. Null: it is gone.
   */
  host: string | null;
  /**
   * Transfers that it runs at most. Null: it is gone.
   */
  slots: number | null;
  /**
   * `gone`: it was not seen for a minute, and its leases end.
   */
  state: 'running' | 'draining' | 'gone';
  /**
   * Tasks that it has.
   */
  leases: number;
  /**
   * Those whose lease has ended: the reaper is about to take them back.
   */
  late: number;
  /**
   * When the first of the leases ends. Workers renew them every few seconds. RFC 3339. Null: it has none.
   */
  nextEndAt: string | null;
};

/**
 * How tenants share the places for transfers.
 */
export type Fairness = {
  /**
   * So long is each point.
   */
  stepSeconds: number;
  /**
   * The beginning of the first point. RFC 3339.
   */
  from: string;
  /**
   * The end of the last point, which is not over. RFC 3339.
   */
  until: string;
  /**
   * When a worker has last looked at the tasks of all tenants; null: never. RFC 3339.
   */
  sampledAt: string | null;
  /**
   * Those with the most tasks that ran in the last hour, most first; ten at most.
   */
  tenants: Array<TenantWork>;
  others: OthersWork;
};

/**
 * What was done for all other tenants, together.
 */
export type OthersWork = {
  /**
   * How many they are, idle ones among them.
   */
  tenants: number;
  /**
   * How many have something to do now.
   */
  competing: number;
  /**
   * The weights of those, together.
   */
  competingWeight: number;
  /**
   * Tasks that run now.
   */
  running: number;
  /**
   * Tasks that wait now, suspended ones among them.
   */
  waiting: number;
  /**
   * Every minute, in the order of time.
   */
  data: Array<WorkPoint>;
};

/**
 * What was done for a tenant.
 */
export type TenantWork = {
  /**
   * Id of the tenant.
   */
  tenantId: string;
  /**
   * Of the tenant.
   */
  name: string;
  /**
   * Of the tenant.
   */
  weight: number;
  /**
   * Whether it has something to do now: tasks that run, or that may begin and have no place yet.
   */
  isCompeting: boolean;
  /**
   * Tasks that run now.
   */
  running: number;
  /**
   * Tasks that wait now, suspended ones among them.
   */
  waiting: number;
  /**
   * Every minute, in the order of time.
   */
  data: Array<WorkPoint>;
};

/**
 * What was done in a minute.
 */
export type WorkPoint = {
  /**
   * Its beginning, in UTC. RFC 3339.
   */
  at: string;
  /**
   * Tasks that completed, failed or were canceled.
   */
  tasksEnded: number;
  /**
   * Of the tasks that ended.
   */
  bytesReceived: number;
  /**
   * Tasks that ran at its end; null: nobody looked yet.
   */
  running: number | null;
  /**
   * Tasks that waited at its end, suspended ones among them; null: nobody looked yet.
   */
  waiting: number | null;
};

/**
 * The task's bytes are in storage.
 */
export type TaskFinishedDownloadingEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'task.finished_downloading';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: TaskEventData;
};

/**
 * The last event of a task; `error` is null on success.
 */
export type TaskCompletedEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'task.completed';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: TaskEventData;
};

/**
 * The client is woken: the events it has missed follow.
 */
export type SessionWakeEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'session.wake';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: SessionWakeData;
};

/**
 * All events of the wake have been delivered.
 */
export type SessionEventsFinishedEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'session.events_finished';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: WakeEventData;
};

/**
 * The last event of a session: its identifier can be used again.
 */
export type SessionInvalidatedEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'session.invalidated';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: WakeEventData;
};

/**
 * The client did not complete the wake in time.
 */
export type WakeExpiredEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'wake.expired';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: WakeEventData;
};

/**
 * A temporary file has gone. After the end of its session it is one of the tenant's events and goes to all of its endpoints.
 */
export type FileExpiredEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'file.expired';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant. Null: its session has ended.
   */
  sessionIdentifier: string | null;
  /**
   * Its number in the session, without gaps. Null: its session has ended.
   */
  sequence: number | null;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: FileExpiredData;
};

/**
 * A delayed task is about to begin. The answer decides whether it does, and with which request.
 */
export type TaskWillBeginDelayedRequestEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'task.will_begin_delayed_request';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: TaskEventData;
};

/**
 * An origin wants a credential. The answer gives one, or cancels the task.
 */
export type TaskAuthenticationChallengeEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'task.authentication_challenge';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * Its number in the session, without gaps.
   */
  sequence: number;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: TaskChallengeData;
};

/**
 * An endpoint was disabled; its other ones are told.
 */
export type EndpointDisabledEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'endpoint.disabled';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant. Always null: it belongs to no session.
   */
  sessionIdentifier: string | null;
  /**
   * Its number in the session, without gaps. Always null: it belongs to no session.
   */
  sequence: number | null;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: EndpointDisabledData;
};

/**
 * Somebody asked for it, to see whether it arrives.
 */
export type EndpointTestEvent = {
  /**
   * Id of the event; the same on every delivery.
   */
  id: string;
  /**
   * What happened.
   */
  type: 'endpoint.test';
  /**
   * When it happened. RFC 3339.
   */
  timestamp: string;
  /**
   * The session's identifier, unique in the tenant. Always null: it belongs to no session.
   */
  sessionIdentifier: string | null;
  /**
   * Its number in the session, without gaps. Always null: it belongs to no session.
   */
  sequence: number | null;
  /**
   * Its number among all of the tenant's events: the order of the feed.
   */
  tenantSequence: number;
  /**
   * Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.
   */
  position: number | null;
  data: EndpointTestData;
};

/**
 * GivenSignIn with `key`.
 */
export type SignInWithKey = {
  /**
   * An API key, or the operator's token.
   */
  key: string;
};

/**
 * GivenSignIn with `token`.
 */
export type SignInWithToken = {
  /**
   * What a one-time link has behind `#sign-in=`. It is used up.
   */
  token: string;
};

/**
 * GivenSimulation with `pattern`.
 */
export type GivenPattern = {
  /**
   * Steps, in their order.
   */
  pattern: Array<SimulationStep>;
};

/**
 * GivenSimulation with `chain`.
 */
export type GivenChain = {
  chain: SimulatedChain;
};

/**
 * GivenDelegate with `kind`.
 */
export type PullDelegate = {
  /**
   * Nobody is called; the client reads the events.
   */
  kind: 'pull';
};

/**
 * GivenDelegate with `endpointId`.
 */
export type EndpointDelegate = {
  /**
   * Id of the endpoint that events go to.
   */
  endpointId: string;
};

/**
 * GivenDelegate with `url`.
 */
export type UrlDelegate = {
  /**
   * An endpoint is found or made for it; the secret of a new one is in the 201.
   */
  url: string;
};

/**
 * GivenTask with `url`.
 */
export type GivenTaskWithUrl = {
  /**
   * http or https. No user name, password or private address.
   */
  url: string;
  /**
   * Not before; not necessarily at. RFC 3339.
   */
  earliestBeginDate?: string;
  /**
   * A guess that helps scheduling.
   */
  countOfBytesClientExpectsToSend?: number;
  /**
   * A guess that helps scheduling, never a limit.
   */
  countOfBytesClientExpectsToReceive?: number;
  /**
   * Among the tenant's own tasks; 1 comes first.
   */
  priority?: number;
  /**
   * Echoed in every event.
   */
  taskDescription?: string;
  /**
   * Echoed in every event; 4096 bytes as JSON at most.
   */
  metadata?: {
    [key: string]: string;
  };
  /**
   * Instead of the session's.
   */
  isDiscretionary?: boolean;
  /**
   * Wait for a call of resume.
   */
  suspended?: boolean;
  /**
   * Hard limit: a longer file fails the task.
   */
  maximumBytes?: number;
  /**
   * Bytes per second. What its transfer may receive; the session's and the tenant's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond?: number | null;
  expected?: Expected;
  /**
   * Where the file is to be, for good: a relative path, below the tenant's prefix, that no other file has.
   */
  destinationKey?: string;
};

/**
 * GivenTask with `request`.
 */
export type GivenTaskWithRequest = {
  request: GivenRequest;
  /**
   * Not before; not necessarily at. RFC 3339.
   */
  earliestBeginDate?: string;
  /**
   * A guess that helps scheduling.
   */
  countOfBytesClientExpectsToSend?: number;
  /**
   * A guess that helps scheduling, never a limit.
   */
  countOfBytesClientExpectsToReceive?: number;
  /**
   * Among the tenant's own tasks; 1 comes first.
   */
  priority?: number;
  /**
   * Echoed in every event.
   */
  taskDescription?: string;
  /**
   * Echoed in every event; 4096 bytes as JSON at most.
   */
  metadata?: {
    [key: string]: string;
  };
  /**
   * Instead of the session's.
   */
  isDiscretionary?: boolean;
  /**
   * Wait for a call of resume.
   */
  suspended?: boolean;
  /**
   * Hard limit: a longer file fails the task.
   */
  maximumBytes?: number;
  /**
   * Bytes per second. What its transfer may receive; the session's and the tenant's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond?: number | null;
  expected?: Expected;
  /**
   * Where the file is to be, for good: a relative path, below the tenant's prefix, that no other file has.
   */
  destinationKey?: string;
};

/**
 * GivenTask with `resumeData`.
 */
export type GivenTaskWithResumeData = {
  /**
   * From canceling a task: its request, and what it has received. `maximumBytes`, `maximumBytesPerSecond` and `expected` stay unless given anew.
   */
  resumeData: string;
  /**
   * Not before; not necessarily at. RFC 3339.
   */
  earliestBeginDate?: string;
  /**
   * A guess that helps scheduling.
   */
  countOfBytesClientExpectsToSend?: number;
  /**
   * A guess that helps scheduling, never a limit.
   */
  countOfBytesClientExpectsToReceive?: number;
  /**
   * Among the tenant's own tasks; 1 comes first.
   */
  priority?: number;
  /**
   * Echoed in every event.
   */
  taskDescription?: string;
  /**
   * Echoed in every event; 4096 bytes as JSON at most.
   */
  metadata?: {
    [key: string]: string;
  };
  /**
   * Instead of the session's.
   */
  isDiscretionary?: boolean;
  /**
   * Wait for a call of resume.
   */
  suspended?: boolean;
  /**
   * Hard limit: a longer file fails the task.
   */
  maximumBytes?: number;
  /**
   * Bytes per second. What its transfer may receive; the session's and the tenant's maximum hold too. Null: no limit of its own.
   */
  maximumBytesPerSecond?: number | null;
  expected?: Expected;
  /**
   * Where the file is to be, for good: a relative path, below the tenant's prefix, that no other file has.
   */
  destinationKey?: string;
};

/**
 * What a task has in every state.
 */
export type TaskFields = {
  /**
   * Id of the task.
   */
  id: string;
  /**
   * Its number in the session.
   */
  taskIdentifier: number;
  /**
   * The session's identifier, unique in the tenant.
   */
  sessionIdentifier: string;
  /**
   * `completed`, `failed` and `canceled` are final.
   */
  state: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';
  originalRequest: OriginalRequest;
  currentRequest: CurrentRequest;
  /**
   * Where the client was when it created the task.
   */
  createdIn: 'foreground' | 'background';
  /**
   * As given, or as the session has it.
   */
  isDiscretionary: boolean;
  /**
   * True for every task that was created in the background.
   */
  effectiveDiscretionary: boolean;
  /**
   * Empty unless the task waits.
   */
  waitingFor: Array<WaitingFor>;
  /**
   * When it may begin, as far as is known. RFC 3339.
   */
  plannedStart: string | null;
  /**
   * When it begins whatever the conditions. RFC 3339.
   */
  latestStart: string | null;
  /**
   * When it fails unless it has completed. RFC 3339.
   */
  deadline: string | null;
  progress: Progress;
  /**
   * Attempts that failed at the origin, or succeeded.
   */
  attempts: number;
  /**
   * Null: the origin has not answered yet.
   */
  response: TaskResponse | null;
  /**
   * Null: the task has not completed.
   */
  file: TaskFile | null;
  /**
   * The last failure.
   */
  error: TaskError | null;
  /**
   * What speaks against the file, as far as `expected` has not settled it; mostly empty.
   */
  warnings: Array<TaskWarning>;
  metrics: TaskMetrics;
  /**
   * Among the tenant's own tasks; 1 comes first.
   */
  priority: number;
  /**
   * As given; null: none.
   */
  taskDescription: string | null;
  /**
   * As given.
   */
  metadata: {
    [key: string]: string;
  };
  /**
   * As given. A completed task's `file.key` says where the file is.
   */
  destinationKey: string | null;
  /**
   * As given.
   */
  countOfBytesClientExpectsToSend: number | null;
  /**
   * As given.
   */
  countOfBytesClientExpectsToReceive: number | null;
  /**
   * As given.
   */
  maximumBytes: number | null;
  /**
   * Bytes per second. As given.
   */
  maximumBytesPerSecond: number | null;
  /**
   * When it was created. RFC 3339.
   */
  createdAt: string;
  /**
   * When it was first resumed. RFC 3339.
   */
  resumedAt: string | null;
  /**
   * When its first attempt began; never before `earliestBeginDate`. RFC 3339.
   */
  beganAt: string | null;
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string | null;
  /**
   * As given. RFC 3339.
   */
  earliestBeginDate: string | null;
};

/**
 * A suspended task.
 */
export type SuspendedTask = TaskFields & {
  state: 'suspended';
  endedAt: null;
};

/**
 * A waiting task.
 */
export type WaitingTask = TaskFields & {
  state: 'waiting';
  endedAt: null;
};

/**
 * A running task.
 */
export type RunningTask = TaskFields & {
  state: 'running';
  endedAt: null;
};

/**
 * A completed task.
 */
export type CompletedTask = TaskFields & {
  state: 'completed';
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string;
  file: TaskFile;
  error: null;
};

/**
 * A failed task.
 */
export type FailedTask = TaskFields & {
  state: 'failed';
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string;
  error: TaskError;
};

/**
 * A canceled task.
 */
export type CanceledTask = TaskFields & {
  state: 'canceled';
  /**
   * When it ended. RFC 3339.
   */
  endedAt: string;
};

export type GetSessionData = {
  body?: never;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}';
};

export type GetSessionResponses = {
  /**
   * The session.
   */
  200: Session;
};

export type GetSessionResponse = GetSessionResponses[keyof GetSessionResponses];

export type PutSessionData = {
  body?: PutSession;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}';
};

export type PutSessionResponses = {
  /**
   * The session was there already.
   */
  200: AssociatedSession;
  /**
   * The session was created.
   */
  201: AssociatedSession;
};

export type PutSessionResponse = PutSessionResponses[keyof PutSessionResponses];

export type ListSessionsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Only sessions in this state.
     */
    state?: 'active' | 'finishing' | 'invalidated';
    /**
     * What their identifiers begin with.
     */
    identifierPrefix?: string;
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/sessions';
};

export type ListSessionsResponses = {
  /**
   * In the order of their creation, or with `order` from the newest on.
   */
  200: SessionPage;
};

export type ListSessionsResponse = ListSessionsResponses[keyof ListSessionsResponses];

export type FinishSessionData = {
  body?: Nothing;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}/finish-and-invalidate';
};

export type FinishSessionResponses = {
  /**
   * The session, finishing or invalidated.
   */
  202: Session;
};

export type FinishSessionResponse = FinishSessionResponses[keyof FinishSessionResponses];

export type InvalidateSessionData = {
  body?: Nothing;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}/invalidate-and-cancel';
};

export type InvalidateSessionResponses = {
  /**
   * The session, finishing or invalidated.
   */
  202: Session;
};

export type InvalidateSessionResponse = InvalidateSessionResponses[keyof InvalidateSessionResponses];

export type ListSessionTasksData = {
  body?: never;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: {
    /**
     * Only tasks in this state.
     */
    state?: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/sessions/{identifier}/tasks';
};

export type ListSessionTasksResponses = {
  /**
   * By their numbers in the session.
   */
  200: TaskPage;
};

export type ListSessionTasksResponse = ListSessionTasksResponses[keyof ListSessionTasksResponses];

export type CreateTaskData = {
  body: GivenTask;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}/tasks';
};

export type CreateTaskResponses = {
  /**
   * The task was created; unless suspended, it waits to run.
   */
  201: Task;
};

export type CreateTaskResponse = CreateTaskResponses[keyof CreateTaskResponses];

export type CreateTasksData = {
  body: GivenBatch;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}/tasks/batch';
};

export type CreateTasksResponses = {
  /**
   * All tasks were created.
   */
  201: CreatedBatch;
};

export type CreateTasksResponse = CreateTasksResponses[keyof CreateTasksResponses];

export type ListTasksData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Only tasks in this state.
     */
    state?: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';
    /**
     * The session's identifier, unique in the tenant.
     */
    session?: string;
    /**
     * The original URL's host. With a port: at that port; without one: at any.
     */
    host?: string;
    /**
     * Tasks that wait for this, among other things.
     */
    waitingFor?: 'earliestBeginDate' | 'wakeLimiter' | 'discretionary' | 'tenantCapacity' | 'quota' | 'hostCapacity' | 'hostBackoff' | 'retryBackoff' | 'delegateDecision' | 'capacity';
    /**
     * `metadata[key]=value`; with several, all of them must be in the metadata.
     */
    metadata?: {
      [key: string]: string;
    };
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/tasks';
};

export type ListTasksResponses = {
  /**
   * In the order of their creation, or with `order` from the newest on.
   */
  200: TaskPage;
};

export type ListTasksResponse = ListTasksResponses[keyof ListTasksResponses];

export type GetTaskSummaryData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/tasks/summary';
};

export type GetTaskSummaryResponses = {
  /**
   * All tasks of the tenant.
   */
  200: TaskSummary;
};

export type GetTaskSummaryResponse = GetTaskSummaryResponses[keyof GetTaskSummaryResponses];

export type GetSessionTaskSummaryData = {
  body?: never;
  path: {
    /**
     * The session's identifier, unique in the tenant.
     */
    identifier: string;
  };
  query?: never;
  url: '/v1/sessions/{identifier}/tasks/summary';
};

export type GetSessionTaskSummaryResponses = {
  /**
   * All tasks of the session.
   */
  200: TaskSummary;
};

export type GetSessionTaskSummaryResponse = GetSessionTaskSummaryResponses[keyof GetSessionTaskSummaryResponses];

export type GetTaskData = {
  body?: never;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: {
    /**
     * Answer when the task has ended, or after so many seconds.
     */
    wait?: number;
  };
  url: '/v1/tasks/{id}';
};

export type GetTaskResponses = {
  /**
   * The task as it is now.
   */
  200: Task;
};

export type GetTaskResponse = GetTaskResponses[keyof GetTaskResponses];

export type ChangeTaskData = {
  body?: ChangeTask;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}';
};

export type ChangeTaskResponses = {
  /**
   * The task as it is now.
   */
  200: Task;
};

export type ChangeTaskResponse = ChangeTaskResponses[keyof ChangeTaskResponses];

export type SuspendTaskData = {
  body?: Nothing;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/suspend';
};

export type SuspendTaskResponses = {
  /**
   * The task as it is now.
   */
  200: Task;
};

export type SuspendTaskResponse = SuspendTaskResponses[keyof SuspendTaskResponses];

export type ResumeTaskData = {
  body?: Nothing;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/resume';
};

export type ResumeTaskResponses = {
  /**
   * The task as it is now.
   */
  200: Task;
};

export type ResumeTaskResponse = ResumeTaskResponses[keyof ResumeTaskResponses];

export type CancelTaskData = {
  body?: CancelTask;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/cancel';
};

export type CancelTaskResponses = {
  /**
   * The task as it is now.
   */
  200: Cancellation;
};

export type CancelTaskResponse = CancelTaskResponses[keyof CancelTaskResponses];

export type RetryTaskData = {
  body?: RetryTask;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/retry';
};

export type RetryTaskResponses = {
  /**
   * The new task; it waits to run.
   */
  201: Task;
};

export type RetryTaskResponse = RetryTaskResponses[keyof RetryTaskResponses];

export type GetTaskFileData = {
  body?: never;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/file';
};

export type GetTaskFileResponses = {
  /**
   * The bytes, where a client that follows the redirect arrives.
   */
  200: Blob | File;
};

export type GetTaskFileResponse = GetTaskFileResponses[keyof GetTaskFileResponses];

export type KeepTaskFileData = {
  body?: Nothing;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/file/keep';
};

export type KeepTaskFileResponses = {
  /**
   * The file as it is now.
   */
  200: TaskFile;
};

export type KeepTaskFileResponse = KeepTaskFileResponses[keyof KeepTaskFileResponses];

export type MoveTaskFileData = {
  body: MoveFile;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/file/move';
};

export type MoveTaskFileResponses = {
  /**
   * The file as it is now.
   */
  200: TaskFile;
};

export type MoveTaskFileResponse = MoveTaskFileResponses[keyof MoveTaskFileResponses];

export type RenewTaskFileData = {
  body: RenewFile;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/file/renew';
};

export type RenewTaskFileResponses = {
  /**
   * The file as it is now.
   */
  200: TaskFile;
};

export type RenewTaskFileResponse = RenewTaskFileResponses[keyof RenewTaskFileResponses];

export type ReleaseTaskFileData = {
  body?: Nothing;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/file/release';
};

export type ReleaseTaskFileResponses = {
  /**
   * The file as it is now.
   */
  200: TaskFile;
};

export type ReleaseTaskFileResponse = ReleaseTaskFileResponses[keyof ReleaseTaskFileResponses];

export type GetTaskReceiptData = {
  body?: never;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: never;
  url: '/v1/tasks/{id}/receipt';
};

export type GetTaskReceiptResponses = {
  /**
   * The receipt, without a line end.
   */
  200: Receipt;
};

export type GetTaskReceiptResponse = GetTaskReceiptResponses[keyof GetTaskReceiptResponses];

export type GetSigningKeysData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/.well-known/jwks.json';
};

export type GetSigningKeysResponses = {
  /**
   * A JWK Set.
   */
  200: SigningKeys;
};

export type GetSigningKeysResponse = GetSigningKeysResponses[keyof GetSigningKeysResponses];

export type GetTaskTimelineData = {
  body?: never;
  path: {
    /**
     * Id of the task.
     */
    id: string;
  };
  query?: {
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/tasks/{id}/timeline';
};

export type GetTaskTimelineResponses = {
  /**
   * Oldest first.
   */
  200: Timeline;
};

export type GetTaskTimelineResponse = GetTaskTimelineResponses[keyof GetTaskTimelineResponses];

export type ListEventsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * The session's identifier, unique in the tenant.
     */
    session?: string;
    /**
     * Only events of this type.
     */
    type?: 'task.finished_downloading' | 'task.completed' | 'session.wake' | 'session.events_finished' | 'session.invalidated' | 'wake.expired' | 'file.expired' | 'task.will_begin_delayed_request' | 'task.authentication_challenge' | 'endpoint.disabled' | 'endpoint.test';
    /**
     * Id of the task.
     */
    task?: string;
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before, or the id of an event (`evt_…`).
     */
    after?: string;
  };
  url: '/v1/events';
};

export type ListEventsResponses = {
  /**
   * The events behind the cursor.
   */
  200: EventFeed;
};

export type ListEventsResponse = ListEventsResponses[keyof ListEventsResponses];

export type StreamEventsData = {
  body?: never;
  headers?: {
    /**
     * The last `id` that was read. It goes before `after`.
     */
    'Last-Event-ID'?: string;
  };
  path?: never;
  query?: {
    /**
     * The session's identifier, unique in the tenant.
     */
    session?: string;
    /**
     * `nextCursor` of the feed, or the id of an event (`evt_…`).
     */
    after?: string;
  };
  url: '/v1/events/stream';
};

export type StreamEventsResponses = {
  /**
   * Messages, one after the other.
   */
  200: StreamMessage;
};

export type StreamEventsResponse = StreamEventsResponses[keyof StreamEventsResponses];

export type ListEndpointsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/webhook-endpoints';
};

export type ListEndpointsResponses = {
  /**
   * In the order of their creation.
   */
  200: EndpointPage;
};

export type ListEndpointsResponse = ListEndpointsResponses[keyof ListEndpointsResponses];

export type CreateEndpointData = {
  body?: GivenEndpoint;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path?: never;
  query?: never;
  url: '/v1/webhook-endpoints';
};

export type CreateEndpointResponses = {
  /**
   * The endpoint, and its secret this once.
   */
  201: ShownEndpoint;
};

export type CreateEndpointResponse = CreateEndpointResponses[keyof CreateEndpointResponses];

export type ListEndpointStatsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Id of the endpoint.
     */
    endpoint?: string;
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/webhook-endpoints/stats';
};

export type ListEndpointStatsResponses = {
  /**
   * In the order of the creation of the endpoints.
   */
  200: EndpointStatsPage;
};

export type ListEndpointStatsResponse = ListEndpointStatsResponses[keyof ListEndpointStatsResponses];

export type DeleteEndpointData = {
  body?: never;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}';
};

export type DeleteEndpointResponses = {
  /**
   * It is gone.
   */
  204: void;
};

export type DeleteEndpointResponse = DeleteEndpointResponses[keyof DeleteEndpointResponses];

export type GetEndpointData = {
  body?: never;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}';
};

export type GetEndpointResponses = {
  /**
   * The endpoint.
   */
  200: Endpoint;
};

export type GetEndpointResponse = GetEndpointResponses[keyof GetEndpointResponses];

export type ChangeEndpointData = {
  body?: ChangeEndpoint;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}';
};

export type ChangeEndpointResponses = {
  /**
   * The endpoint as it is now.
   */
  200: Endpoint;
};

export type ChangeEndpointResponse = ChangeEndpointResponses[keyof ChangeEndpointResponses];

export type RotateEndpointSecretData = {
  body?: RotateSecret;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/rotate-secret';
};

export type RotateEndpointSecretResponses = {
  /**
   * The endpoint, and its new secret this once.
   */
  200: ShownEndpoint;
};

export type RotateEndpointSecretResponse = RotateEndpointSecretResponses[keyof RotateEndpointSecretResponses];

export type EnableEndpointData = {
  body?: Nothing;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/enable';
};

export type EnableEndpointResponses = {
  /**
   * The endpoint as it is now.
   */
  200: Endpoint;
};

export type EnableEndpointResponse = EnableEndpointResponses[keyof EnableEndpointResponses];

export type TestEndpointData = {
  body?: TestEndpoint;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/test';
};

export type TestEndpointResponses = {
  /**
   * It is on its way; the delivery tells what comes of it.
   */
  202: SentTest;
};

export type TestEndpointResponse = TestEndpointResponses[keyof TestEndpointResponses];

export type ListDeliveriesData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Id of the endpoint.
     */
    endpoint?: string;
    /**
     * Id of the event.
     */
    event?: string;
    /**
     * Only deliveries in this state.
     */
    state?: 'pending' | 'succeeded' | 'failed' | 'canceled';
    /**
     * The session's identifier, unique in the tenant.
     */
    session?: string;
    /**
     * Id of the wake.
     */
    wake?: string;
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/deliveries';
};

export type ListDeliveriesResponses = {
  /**
   * In the order of their creation, or with `order` from the newest on.
   */
  200: DeliveryPage;
};

export type ListDeliveriesResponse = ListDeliveriesResponses[keyof ListDeliveriesResponses];

export type GetDeliveryData = {
  body?: never;
  path: {
    /**
     * Id of the delivery.
     */
    id: string;
  };
  query?: never;
  url: '/v1/deliveries/{id}';
};

export type GetDeliveryResponses = {
  /**
   * The delivery.
   */
  200: Delivery;
};

export type GetDeliveryResponse = GetDeliveryResponses[keyof GetDeliveryResponses];

export type RetryDeliveryData = {
  body?: never;
  path: {
    /**
     * Id of the delivery.
     */
    id: string;
  };
  query?: never;
  url: '/v1/deliveries/{id}/retry';
};

export type RetryDeliveryResponses = {
  /**
   * It is pending.
   */
  202: Delivery;
};

export type RetryDeliveryResponse = RetryDeliveryResponses[keyof RetryDeliveryResponses];

export type ListDeliveryAttemptsData = {
  body?: never;
  path: {
    /**
     * Id of the delivery.
     */
    id: string;
  };
  query?: never;
  url: '/v1/deliveries/{id}/attempts';
};

export type ListDeliveryAttemptsResponses = {
  /**
   * All of them, the first one first.
   */
  200: AttemptList;
};

export type ListDeliveryAttemptsResponse = ListDeliveryAttemptsResponses[keyof ListDeliveryAttemptsResponses];

export type ConnectEndpointData = {
  body?: never;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/connect';
};

export type ConnectEndpointResponses = {
  /**
   * Messages, one after the other.
   */
  200: ConnectMessage;
};

export type ConnectEndpointResponse = ConnectEndpointResponses[keyof ConnectEndpointResponses];

export type RespondToDeliveryData = {
  body: GivenAnswer;
  path: {
    /**
     * Id of the delivery.
     */
    id: string;
  };
  query?: never;
  url: '/v1/deliveries/{id}/respond';
};

export type RespondToDeliveryResponses = {
  /**
   * It is recorded.
   */
  204: void;
};

export type RespondToDeliveryResponse = RespondToDeliveryResponses[keyof RespondToDeliveryResponses];

export type RecoverEventsData = {
  body: GivenRecovery;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/recover';
};

export type RecoverEventsResponses = {
  /**
   * It has begun.
   */
  202: Recovery;
};

export type RecoverEventsResponse = RecoverEventsResponses[keyof RecoverEventsResponses];

export type GetRecoveryData = {
  body?: never;
  path: {
    /**
     * Id of the endpoint.
     */
    id: string;
    /**
     * Id of the recovery.
     */
    recoveryId: string;
  };
  query?: never;
  url: '/v1/webhook-endpoints/{id}/recoveries/{recoveryId}';
};

export type GetRecoveryResponses = {
  /**
   * The recovery.
   */
  200: Recovery;
};

export type GetRecoveryResponse = GetRecoveryResponses[keyof GetRecoveryResponses];

export type ListWakesData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * The session's identifier, unique in the tenant.
     */
    session?: string;
    /**
     * Only wakes in this state.
     */
    state?: 'open' | 'completed' | 'expired';
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/wakes';
};

export type ListWakesResponses = {
  /**
   * In the order they were opened, or with `order` from the newest on.
   */
  200: WakePage;
};

export type ListWakesResponse = ListWakesResponses[keyof ListWakesResponses];

export type GetWakeData = {
  body?: never;
  path: {
    /**
     * Id of the wake.
     */
    id: string;
  };
  query?: never;
  url: '/v1/wakes/{id}';
};

export type GetWakeResponses = {
  /**
   * The wake.
   */
  200: Wake;
};

export type GetWakeResponse = GetWakeResponses[keyof GetWakeResponses];

export type CompleteWakeData = {
  body: CompleteWake;
  path: {
    /**
     * Id of the wake.
     */
    id: string;
  };
  query?: never;
  url: '/v1/wakes/{id}/complete';
};

export type CompleteWakeResponses = {
  /**
   * The wake as it is now.
   */
  200: Wake;
};

export type CompleteWakeResponse = CompleteWakeResponses[keyof CompleteWakeResponses];

export type ExtendWakeData = {
  body: ExtendWake;
  path: {
    /**
     * Id of the wake.
     */
    id: string;
  };
  query?: never;
  url: '/v1/wakes/{id}/extend';
};

export type ExtendWakeResponses = {
  /**
   * The wake with its deadline.
   */
  200: Wake;
};

export type ExtendWakeResponse = ExtendWakeResponses[keyof ExtendWakeResponses];

export type GetLimiterData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/limiter';
};

export type GetLimiterResponses = {
  /**
   * The limiter as it is now.
   */
  200: Limiter;
};

export type GetLimiterResponse = GetLimiterResponses[keyof GetLimiterResponses];

export type LeaveForegroundData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/foreground';
};

export type LeaveForegroundResponses = {
  /**
   * The limiter as it is now.
   */
  200: Limiter;
};

export type LeaveForegroundResponse = LeaveForegroundResponses[keyof LeaveForegroundResponses];

export type EnterForegroundData = {
  body: GivenForeground;
  path?: never;
  query?: never;
  url: '/v1/foreground';
};

export type EnterForegroundResponses = {
  /**
   * The limiter as it is now.
   */
  200: Limiter;
};

export type EnterForegroundResponse = EnterForegroundResponses[keyof EnterForegroundResponses];

export type SimulateLimiterData = {
  body: GivenSimulation;
  path?: never;
  query?: never;
  url: '/v1/limiter/simulate';
};

export type SimulateLimiterResponses = {
  /**
   * The same for the same request and policy.
   */
  200: Simulation;
};

export type SimulateLimiterResponse = SimulateLimiterResponses[keyof SimulateLimiterResponses];

export type ListLimitsData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/limits';
};

export type ListLimitsResponses = {
  /**
   * The limits as they are now.
   */
  200: Limits;
};

export type ListLimitsResponse = ListLimitsResponses[keyof ListLimitsResponses];

export type ListHostsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * True: only those that are `healthy`. False: only those that are not.
     */
    healthy?: boolean;
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/hosts';
};

export type ListHostsResponses = {
  /**
   * By their names.
   */
  200: HostPage;
};

export type ListHostsResponse = ListHostsResponses[keyof ListHostsResponses];

export type GetHostData = {
  body?: never;
  path: {
    /**
     * Of a task's URL, with its port unless it is the scheme's; in any case.
     */
    host: string;
  };
  query?: never;
  url: '/v1/hosts/{host}';
};

export type GetHostResponses = {
  /**
   * The host as it is now.
   */
  200: Host;
};

export type GetHostResponse = GetHostResponses[keyof GetHostResponses];

export type ListApiKeysData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/api-keys';
};

export type ListApiKeysResponses = {
  /**
   * In the order of their creation.
   */
  200: ApiKeyPage;
};

export type ListApiKeysResponse = ListApiKeysResponses[keyof ListApiKeysResponses];

export type CreateApiKeyData = {
  body: GivenApiKey;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path?: never;
  query?: never;
  url: '/v1/api-keys';
};

export type CreateApiKeyResponses = {
  /**
   * The key, shown this once.
   */
  201: CreatedApiKey;
};

export type CreateApiKeyResponse = CreateApiKeyResponses[keyof CreateApiKeyResponses];

export type RevokeApiKeyData = {
  body?: never;
  path: {
    /**
     * Id of the API key.
     */
    id: string;
  };
  query?: never;
  url: '/v1/api-keys/{id}';
};

export type RevokeApiKeyResponses = {
  /**
   * It is revoked.
   */
  204: void;
};

export type RevokeApiKeyResponse = RevokeApiKeyResponses[keyof RevokeApiKeyResponses];

export type GetApiKeyData = {
  body?: never;
  path: {
    /**
     * Id of the API key.
     */
    id: string;
  };
  query?: never;
  url: '/v1/api-keys/{id}';
};

export type GetApiKeyResponses = {
  /**
   * The key, without its text.
   */
  200: ApiKey;
};

export type GetApiKeyResponse = GetApiKeyResponses[keyof GetApiKeyResponses];

export type RotateApiKeyData = {
  body?: RotateApiKey;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the API key.
     */
    id: string;
  };
  query?: never;
  url: '/v1/api-keys/{id}/rotate';
};

export type RotateApiKeyResponses = {
  /**
   * The new key, shown this once.
   */
  201: CreatedApiKey;
};

export type RotateApiKeyResponse = RotateApiKeyResponses[keyof RotateApiKeyResponses];

export type DeleteSignInData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/sign-in';
};

export type DeleteSignInResponses = {
  /**
   * It has ended, and the browser forgets the cookie.
   */
  204: void;
};

export type DeleteSignInResponse = DeleteSignInResponses[keyof DeleteSignInResponses];

export type GetSignInData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/sign-in';
};

export type GetSignInResponses = {
  /**
   * Whose request it is, and what it may do.
   */
  200: SignIn;
};

export type GetSignInResponse = GetSignInResponses[keyof GetSignInResponses];

export type CreateSignInData = {
  body: GivenSignIn;
  path?: never;
  query?: never;
  url: '/v1/sign-in';
};

export type CreateSignInResponses = {
  /**
   * Who is signed in.
   */
  200: SignIn;
};

export type CreateSignInResponse = CreateSignInResponses[keyof CreateSignInResponses];

export type ListAuditData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Entries from then on. RFC 3339.
     */
    since?: string;
    /**
     * The id of an operation, such as `createTask`.
     */
    action?: string;
    /**
     * Id of the API key.
     */
    key?: string;
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/audit';
};

export type ListAuditResponses = {
  /**
   * In the order of their times, the oldest first, or with `order` the newest. An entry can still come in front of one that is a moment younger.
   */
  200: AuditPage;
};

export type ListAuditResponse = ListAuditResponses[keyof ListAuditResponses];

export type ListAllAuditData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Entries from then on. RFC 3339.
     */
    since?: string;
    /**
     * The id of an operation, such as `createTask`.
     */
    action?: string;
    /**
     * Id of the API key.
     */
    key?: string;
    /**
     * Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.
     */
    order?: 'oldestFirst' | 'newestFirst';
    /**
     * Id of the tenant.
     */
    tenant?: string;
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/admin/audit';
};

export type ListAllAuditResponses = {
  /**
   * In the order of their times, the oldest first, or with `order` the newest. An entry can still come in front of one that is a moment younger.
   */
  200: OperatorAuditPage;
};

export type ListAllAuditResponse = ListAllAuditResponses[keyof ListAllAuditResponses];

export type ReadUsageData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * The first hour or day is the one that contains it. Default: 30 days before the end, by hours 2 days. RFC 3339.
     */
    since?: string;
    /**
     * The last hour or day begins before it. Default, and at the latest: now. RFC 3339.
     */
    until?: string;
    /**
     * In UTC; there are 1000 points at most.
     */
    step?: 'hour' | 'day';
  };
  url: '/v1/usage';
};

export type ReadUsageResponses = {
  /**
   * Every point, and their totals.
   */
  200: Usage;
};

export type ReadUsageResponse = ReadUsageResponses[keyof ReadUsageResponses];

export type ListUsageData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Id of the tenant.
     */
    tenant?: string;
    /**
     * The first hour or day is the one that contains it. Default: 30 days before the end, by hours 2 days. RFC 3339.
     */
    since?: string;
    /**
     * The last hour or day begins before it. Default, and at the latest: now. RFC 3339.
     */
    until?: string;
    /**
     * In UTC; there are 1000 points at most.
     */
    step?: 'hour' | 'day';
    /**
     * CSV takes no `limit` or `cursor`.
     */
    format?: 'json' | 'csv';
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/admin/usage';
};

export type ListUsageResponses = {
  /**
   * Rows.
   */
  200: TenantUsagePage;
};

export type ListUsageResponse = ListUsageResponses[keyof ListUsageResponses];

export type ReadStatsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * `1h` (60 points of a minute), `24h` or `7d` (24 or 168 points of an hour).
     */
    range?: string;
  };
  url: '/v1/stats';
};

export type ReadStatsResponses = {
  /**
   * Every point, and the moment.
   */
  200: Stats;
};

export type ReadStatsResponse = ReadStatsResponses[keyof ReadStatsResponses];

export type ListTenantsData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * Only those whose name contains it, in upper or lower case, or whose id it is.
     */
    search?: string;
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/admin/tenants';
};

export type ListTenantsResponses = {
  /**
   * In the order of their creation.
   */
  200: TenantPage;
};

export type ListTenantsResponse = ListTenantsResponses[keyof ListTenantsResponses];

export type CreateTenantData = {
  body: GivenTenant;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path?: never;
  query?: never;
  url: '/v1/admin/tenants';
};

export type CreateTenantResponses = {
  /**
   * The tenant, and its first API key this once.
   */
  201: CreatedTenant;
};

export type CreateTenantResponse = CreateTenantResponses[keyof CreateTenantResponses];

export type DeleteTenantData = {
  body?: never;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}';
};

export type DeleteTenantResponses = {
  /**
   * The tenant, which is being deleted.
   */
  202: Tenant;
};

export type DeleteTenantResponse = DeleteTenantResponses[keyof DeleteTenantResponses];

export type GetTenantData = {
  body?: never;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}';
};

export type GetTenantResponses = {
  /**
   * The tenant.
   */
  200: Tenant;
};

export type GetTenantResponse = GetTenantResponses[keyof GetTenantResponses];

export type ChangeTenantData = {
  body?: ChangedTenant;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}';
};

export type ChangeTenantResponses = {
  /**
   * The tenant as it is now.
   */
  200: Tenant;
};

export type ChangeTenantResponse = ChangeTenantResponses[keyof ChangeTenantResponses];

export type ListWorkersData = {
  body?: never;
  path?: never;
  query?: {
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/admin/workers';
};

export type ListWorkersResponses = {
  /**
   * In the order of their starts.
   */
  200: WorkerPage;
};

export type ListWorkersResponse = ListWorkersResponses[keyof ListWorkersResponses];

export type DrainWorkerData = {
  body?: Nothing;
  path: {
    /**
     * Id of the worker.
     */
    id: string;
  };
  query?: never;
  url: '/v1/admin/workers/{id}/drain';
};

export type DrainWorkerResponses = {
  /**
   * The worker, which drains.
   */
  202: Worker;
};

export type DrainWorkerResponse = DrainWorkerResponses[keyof DrainWorkerResponses];

export type ReadQueueData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/admin/queue';
};

export type ReadQueueResponses = {
  /**
   * The moment.
   */
  200: Queue;
};

export type ReadQueueResponse = ReadQueueResponses[keyof ReadQueueResponses];

export type ReadFairnessData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/v1/admin/fairness';
};

export type ReadFairnessResponses = {
  /**
   * Every minute, and the moment.
   */
  200: Fairness;
};

export type ReadFairnessResponse = ReadFairnessResponses[keyof ReadFairnessResponses];

export type ListTenantApiKeysData = {
  body?: never;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
  };
  query?: {
    /**
     * How many at most.
     */
    limit?: number;
    /**
     * `nextCursor` of the page before.
     */
    cursor?: string;
  };
  url: '/v1/admin/tenants/{id}/api-keys';
};

export type ListTenantApiKeysResponses = {
  /**
   * In the order of their creation.
   */
  200: ApiKeyPage;
};

export type ListTenantApiKeysResponse = ListTenantApiKeysResponses[keyof ListTenantApiKeysResponses];

export type CreateTenantApiKeyData = {
  body: GivenApiKey;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}/api-keys';
};

export type CreateTenantApiKeyResponses = {
  /**
   * The key, shown this once.
   */
  201: CreatedApiKey;
};

export type CreateTenantApiKeyResponse = CreateTenantApiKeyResponses[keyof CreateTenantApiKeyResponses];

export type RevokeTenantApiKeyData = {
  body?: never;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
    /**
     * Id of the API key.
     */
    keyId: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}/api-keys/{keyId}';
};

export type RevokeTenantApiKeyResponses = {
  /**
   * It is revoked.
   */
  204: void;
};

export type RevokeTenantApiKeyResponse = RevokeTenantApiKeyResponses[keyof RevokeTenantApiKeyResponses];

export type GetTenantApiKeyData = {
  body?: never;
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
    /**
     * Id of the API key.
     */
    keyId: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}/api-keys/{keyId}';
};

export type GetTenantApiKeyResponses = {
  /**
   * The key, without its text.
   */
  200: ApiKey;
};

export type GetTenantApiKeyResponse = GetTenantApiKeyResponses[keyof GetTenantApiKeyResponses];

export type RotateTenantApiKeyData = {
  body?: RotateApiKey;
  headers?: {
    /**
     * Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.
     */
    'Idempotency-Key'?: string;
  };
  path: {
    /**
     * Id of the tenant.
     */
    id: string;
    /**
     * Id of the API key.
     */
    keyId: string;
  };
  query?: never;
  url: '/v1/admin/tenants/{id}/api-keys/{keyId}/rotate';
};

export type RotateTenantApiKeyResponses = {
  /**
   * The new key, shown this once.
   */
  201: CreatedApiKey;
};

export type RotateTenantApiKeyResponse = RotateTenantApiKeyResponses[keyof RotateTenantApiKeyResponses];

export type GetLivenessData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/livez';
};

export type GetLivenessResponses = {
  /**
   * It does.
   */
  200: Live;
};

export type GetLivenessResponse = GetLivenessResponses[keyof GetLivenessResponses];

export type GetReadinessData = {
  body?: never;
  path?: never;
  query?: never;
  url: '/readyz';
};

export type GetReadinessResponses = {
  /**
   * It can; `degraded` names what does not work.
   */
  200: Ready;
};

export type GetReadinessResponse = GetReadinessResponses[keyof GetReadinessResponses];
