import type {
  ApiKey,
  Delivery,
  DeliveryAttempt,
  Endpoint,
  KeyHolder,
  Limit,
  NextWake,
  Page,
  RecentAttempts,
  Recovery,
  Session,
  ShownEndpoint,
  ShownKey,
  SignIn,
  Tenant,
  Wake,
  WorkerProcess,
} from '@backhaul/core'
import { attemptStats, maskValues } from '@backhaul/core'
import type { Static } from 'typebox'
import type { TenantSchema } from './schemas/admin.ts'
import type { ApiKeySchema } from './schemas/api-key.ts'
import type { AttemptSchema, DeliverySchema } from './schemas/delivery.ts'
import type { EndpointSchema, EndpointStatsSchema, ShownEndpointSchema } from './schemas/endpoint.ts'
import type { LimitSchema } from './schemas/limits.ts'
import type { RecoverySchema } from './schemas/recovery.ts'
import type { SessionSchema } from './schemas/session.ts'
import type { SignInSchema } from './schemas/sign-in.ts'
import type { NextWakeSchema, WakeSchema } from './schemas/wake.ts'
import type { WorkerSchema } from './schemas/worker.ts'

/** The views of the API: only named fields are shown, times in RFC 3339 with milliseconds. */

export function pageView<From, To>({ data, nextCursor }: Page<From>, view: (item: From) => To): Page<To> {
  return { data: data.map(view), nextCursor }
}

export function sessionView(session: Session): Static<typeof SessionSchema> {
  const { identifier, state, createdAt, configuration, taskCounts, openWake, undeliveredEvents, heldEvents } = session
  return {
    identifier,
    state,
    createdAt: createdAt.toISOString(),
    configuration: { ...configuration, httpAdditionalHeaders: maskValues(configuration.httpAdditionalHeaders) },
    taskCounts,
    openWake: openWake && wakeView(openWake),
    undeliveredEvents,
    heldEvents,
    nextWake: session.nextWake && nextWakeView(session.nextWake),
    advice: session.advice,
  }
}

function nextWakeView({ when, at, outstanding }: NextWake): Static<typeof NextWakeSchema> {
  return { when, ...(at === null ? {} : { at: at.toISOString() }), outstanding }
}

export function wakeView(wake: Wake): Static<typeof WakeSchema> {
  const { id, sessionIdentifier, state, openedAt, deadline, closedAt, eventCount, delayAfterSeconds } = wake
  return {
    id,
    sessionIdentifier,
    state,
    openedAt: openedAt.toISOString(),
    deadline: deadline.toISOString(),
    closedAt: text(closedAt),
    eventCount,
    delayAfterSeconds,
  }
}

export function endpointView(endpoint: Endpoint): Static<typeof EndpointSchema> {
  const { id, kind, url, description, state, disabledReason, secretHint, headers, signatureScheme, publicKey } =
    endpoint
  const { maximumDeliveriesPerSecond, verification } = endpoint
  return {
    id,
    kind,
    url,
    description,
    eventTypes: endpoint.eventTypes as Static<typeof EndpointSchema>['eventTypes'],
    state,
    disabledReason,
    disabledAt: text(endpoint.disabledAt),
    secretHint,
    olderSecrets: endpoint.olderSecrets.map(({ hint, expiresAt }) => ({ hint, expiresAt: expiresAt.toISOString() })),
    // The store has masked them.
    headers,
    signatureScheme,
    publicKey,
    maximumDeliveriesPerSecond,
    verification,
    failingSince: text(endpoint.failingSince),
    createdAt: endpoint.createdAt.toISOString(),
  }
}

export function endpointStatsView({ endpointId, recent }: RecentAttempts): Static<typeof EndpointStatsSchema> {
  const told = recent.map(({ startedAt, ...attempt }) => ({ startedAt: startedAt.toISOString(), ...attempt }))
  return { endpointId, ...attemptStats(recent), recent: told }
}

export function shownEndpointView({ endpoint, secret }: ShownEndpoint): Static<typeof ShownEndpointSchema> {
  return { ...endpointView(endpoint), secret }
}

export function tenantView(tenant: Tenant): Static<typeof TenantSchema> {
  const { id, name, state, createdAt, weight, limiterPolicy, preferredHours, limits } = tenant
  return { id, name, state, createdAt: createdAt.toISOString(), weight, limiterPolicy, preferredHours, limits }
}

export function workerView(worker: WorkerProcess): Static<typeof WorkerSchema> {
  const { id, version, host, startedAt, lastSeenAt, slots, running, state } = worker
  const times = { startedAt: startedAt.toISOString(), lastSeenAt: lastSeenAt.toISOString() }
  return { id, version, host, ...times, slots, running, state }
}

export function apiKeyView(key: ApiKey): Static<typeof ApiKeySchema> {
  const { id, name, scopes, hint, createdAt, createdBy, expiresAt, lastUsedAt, revokedAt, replacedBy } = key
  return {
    id,
    name,
    scopes,
    hint,
    createdAt: createdAt.toISOString(),
    createdBy,
    expiresAt: text(expiresAt),
    lastUsedAt: text(lastUsedAt),
    revokedAt: text(revokedAt),
    allowedCidrs: key.allowedCidrs.length === 0 ? null : key.allowedCidrs,
    replacedBy,
  }
}

/** `holder` null: an operator. `signIn` null: the key or the token itself was sent. */
export function signInView(
  signIn: SignIn | null,
  holder: (KeyHolder & { tenant: Tenant }) | null,
): Static<typeof SignInSchema> {
  const id = signIn?.id ?? null
  const expiresAt = text(signIn === null ? (holder?.expiresAt ?? null) : signIn.expiresAt)
  if (holder === null) return { id, kind: 'operator', scopes: [], tenant: null, keyId: null, expiresAt }
  const { keyId, scopes, tenant } = holder
  return { id, kind: 'key', scopes, tenant: { id: tenant.id, name: tenant.name }, keyId, expiresAt }
}

/** `key` is shown in the creating response and nowhere else. */
export function createdTenantView({ tenant, apiKey, key }: ShownKey & { tenant: Tenant }) {
  return { tenant: tenantView(tenant), ...createdKeyView({ apiKey, key }) }
}

export function createdKeyView({ apiKey, key }: ShownKey) {
  return { apiKey: key, key: apiKeyView(apiKey) }
}

export function limitView({ name, maximum, used, resetsAt }: Limit): Static<typeof LimitSchema> {
  return { name, maximum, used, ...(resetsAt === undefined ? {} : { resetsAt: resetsAt.toISOString() }) }
}

export function deliveryView(delivery: Delivery): Static<typeof DeliverySchema> {
  const { id, eventId, eventType, endpointId, sessionIdentifier, wakeId, state, attempts } = delivery
  return {
    id,
    eventId,
    eventType: eventType as Static<typeof DeliverySchema>['eventType'],
    endpointId,
    sessionIdentifier,
    wakeId,
    state,
    attempts,
    nextAttemptAt: text(delivery.nextAttemptAt),
    createdAt: delivery.createdAt.toISOString(),
    endedAt: text(delivery.endedAt),
  }
}

export function attemptView(attempt: DeliveryAttempt): Static<typeof AttemptSchema> {
  const { id, number, startedAt, endedAt, durationMs, status, error, note, ...exchange } = attempt
  const { requestHeaders, responseHeaders, responseBody } = exchange
  return {
    id,
    number,
    startedAt: startedAt.toISOString(),
    endedAt: text(endedAt),
    durationMs,
    status,
    error,
    note,
    requestHeaders,
    responseHeaders,
    responseBody,
  }
}

export function recoveryView(recovery: Recovery): Static<typeof RecoverySchema> {
  const { id, endpointId, state, since, until, total, examined, queued, createdAt, endedAt } = recovery
  return {
    id,
    endpointId,
    state,
    since: since.toISOString(),
    until: until.toISOString(),
    total,
    examined,
    queued,
    createdAt: createdAt.toISOString(),
    endedAt: text(endedAt),
  }
}

function text(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
