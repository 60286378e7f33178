/**
 * The health of an endpoint, over all of its delivery lanes. Only failures that the receiver is to blame for count.
 * Times are Unix milliseconds.
 */
export interface EndpointHealth {
  /** Attempts in a row that failed. */
  failures: number
  /** When the first of them failed; null: the newest succeeded, or there was none. */
  failingSinceMs: number | null
  /** Half-open: one probe at a time is sent, not before. Null: as much is sent as there is. */
  nextProbeAtMs: number | null
}

/** The sign that an attempt gives of the endpoint. `isProbe`: it was let through a half-open one. */
export type EndpointSign =
  | { kind: 'succeeded' }
  | { kind: 'failed'; status: number | null; retryAfterSeconds: number | null; isProbe: boolean }

interface EndpointHealthPolicy {
  /** Failures in a row that make it half-open. */
  failuresToOpen: number
  /** The first delay between probes, and the longest that it doubles to. */
  probeMs: number
  probeCapMs: number
  /** Retry-After counts up to this for the endpoint; its delivery waits longer, if so asked. */
  askedCapMs: number
  /** Time with nothing but failures after which the endpoint is disabled. */
  giveUpMs: number
}

export const defaultEndpointHealthPolicy: EndpointHealthPolicy = {
  failuresToOpen: 3,
  probeMs: 5_000,
  probeCapMs: 900_000,
  askedCapMs: 3_600_000,
  giveUpMs: 5 * 86_400_000,
}

export const wellEndpoint: EndpointHealth = { failures: 0, failingSinceMs: null, nextProbeAtMs: null }

const jitter = 0.2
/** With these statuses, Retry-After is about all deliveries to the endpoint (RFC 6585 §4, RFC 9110 §15.6.4). */
const overloaded = [429, 503]

/** The state after an attempt; the same object when nothing changes. `random` is in [0, 1). */
export function nextEndpointHealth(
  policy: EndpointHealthPolicy,
  health: EndpointHealth,
  sign: EndpointSign,
  nowMs: number,
  random: number,
): EndpointHealth {
  if (sign.kind === 'succeeded') return isWell(health) ? health : wellEndpoint
  const { status, retryAfterSeconds, isProbe } = sign
  const askedMs = Math.min(Math.max(retryAfterSeconds ?? 0, 0) * 1000, policy.askedCapMs)
  const asked = askedMs > 0 ? nowMs + askedMs : null
  // It began before the endpoint was half-open and says nothing new, unless it asks for more time.
  if (health.nextProbeAtMs !== null && !isProbe)
    return asked !== null && asked > health.nextProbeAtMs ? { ...health, nextProbeAtMs: asked } : health
  const failures = health.failures + 1
  const counted = { failures, failingSinceMs: health.failingSinceMs ?? nowMs, nextProbeAtMs: null }
  const isOverloaded = asked !== null && overloaded.includes(status ?? 0)
  if (failures < policy.failuresToOpen && health.nextProbeAtMs === null && !isOverloaded) return counted
  const doublings = Math.min(Math.max(failures - policy.failuresToOpen, 0), 30)
  const restMs = Math.min(policy.probeMs * 2 ** doublings, policy.probeCapMs) * (1 - jitter + 2 * jitter * random)
  return { ...counted, nextProbeAtMs: Math.max(nowMs + Math.round(restMs), asked ?? 0) }
}

/**
 * The state after attempts in their order. `change` null: nothing changes; `isProbed`: a half-open one is open again.
 * `reasonToDisable`: why the endpoint is considered gone, for people.
 */
export function healthAfter(
  policy: EndpointHealthPolicy,
  before: EndpointHealth,
  signs: readonly EndpointSign[],
  nowMs: number,
  random: number,
): { change: { after: EndpointHealth; isProbed: boolean } | null; reasonToDisable: string | null } {
  const after = signs.reduce((health, sign) => nextEndpointHealth(policy, health, sign, nowMs, random), before)
  const isProbed = before.nextProbeAtMs !== null && after.nextProbeAtMs === null
  const isGone = after.failures > before.failures && isGivenUp(policy, after, nowMs)
  return {
    change: after === before ? null : { after, isProbed },
    reasonToDisable: isGone ? 'nothing but failures for five days' : null,
  }
}

export function isWell({ failures, failingSinceMs, nextProbeAtMs }: EndpointHealth): boolean {
  return failures === 0 && failingSinceMs === null && nextProbeAtMs === null
}

/** Whether a failure now is one too many. */
export function isGivenUp(policy: EndpointHealthPolicy, { failingSinceMs }: EndpointHealth, nowMs: number): boolean {
  return failingSinceMs !== null && nowMs - failingSinceMs >= policy.giveUpMs
}
