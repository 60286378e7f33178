import { isObject } from '../../kernel/rules/json-object.ts'

/**
 * Type of the request that asks a receiver whether it wants the events. It is no event: it is neither stored nor in the
 * feed.
 */
const verificationType = 'endpoint.verification'

/** Why an endpoint stays unverified although it has answered. */
export const challengeMissed = 'the answer does not repeat the challenge as {"challenge": "…"}'

/** The body of a challenge: the members of Standard Webhooks §"Payload structure", and an id of its own. */
export function verificationBody(
  { id, endpointId, challenge }: { id: string; endpointId: string; challenge: string },
  now: Date,
): string {
  return JSON.stringify({ id, type: verificationType, timestamp: now.toISOString(), data: { endpointId, challenge } })
}

/**
 * Whether the body of a 2xx is JSON whose `challenge` is the one that was sent. Its place differs from that in the
 * request, so a server that only echoes does not pass. Never throws.
 */
export function answersChallenge(body: string, challenge: string): boolean {
  try {
    const given: unknown = JSON.parse(body)
    return isObject(given) && given.challenge === challenge
  } catch {
    return false
  }
}
