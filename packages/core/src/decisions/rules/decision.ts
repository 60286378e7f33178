import type { EgressPolicy } from '@backhaul/transfer/rules'
import { checkHeaders, checkUrl, refusalText } from '@backhaul/transfer/rules'
import { maxResponseBytes } from '../../deliveries/rules/retry-schedule.ts'
import { hasOnly, isObject } from '../../kernel/rules/json-object.ts'
import { type Credential, readCredential } from './credential.ts'

/** The questions to a delegate, in Apple's order, with the events that ask them. */
export const decisionEvents = {
  delayedRequest: 'task.will_begin_delayed_request',
  authenticationChallenge: 'task.authentication_challenge',
} as const
export type DecisionKind = keyof typeof decisionEvents
export const decisionKinds = Object.keys(decisionEvents) as DecisionKind[]

/** Seconds. */
export const decisionTimeoutLimits = { minimum: 1, maximum: 86_400 } as const

/** Credentials per task, at most; the challenge after that fails it. */
export const credentialsPerTask = 3

export const dispositions = {
  delayedRequest: ['continueLoading', 'useNewRequest', 'cancel'],
  authenticationChallenge: ['useCredential', 'cancel'],
} as const satisfies Record<DecisionKind, readonly string[]>

/** A delegate's answer that passed every check. */
export type DecisionAnswer =
  | { disposition: 'continueLoading' }
  | { disposition: 'useNewRequest'; request: { url: string; headers: Record<string, string> }; host: string }
  | { disposition: 'useCredential'; credential: Credential }
  | { disposition: 'cancel' }
export type DecisionReading = { answer: DecisionAnswer } | { unusable: string }

/** The kind of decision that events of this type ask for; null: none. */
export function decisionOf(eventType: string): DecisionKind | null {
  return decisionKinds.find((kind) => decisionEvents[kind] === eventType) ?? null
}

/**
 * The decision in a receiver's answer, or why it cannot be used. A new request passes the checks that the first one
 * passed. The texts are our own: nothing of the answer is quoted, because it may hold a credential. Never throws.
 */
export function readDecision(kind: DecisionKind, body: string, policy: EgressPolicy): DecisionReading {
  if (Buffer.byteLength(body) >= maxResponseBytes) return { unusable: 'the answer is 16 KiB or longer' }
  const given = parse(body)
  if (!isObject(given)) return { unusable: 'the answer is not a JSON object' }
  const { disposition } = given
  if (!(dispositions[kind] as readonly unknown[]).includes(disposition))
    return { unusable: `/disposition is none of ${dispositions[kind].join(', ')}` }
  if (disposition === 'useNewRequest') return readNewRequest(given, policy)
  if (disposition === 'useCredential') {
    if (!hasOnly(given, ['disposition', 'credential'])) return stray('')
    const credential = readCredential(given.credential)
    return 'unusable' in credential ? credential : { answer: { disposition, credential } }
  }
  if (!hasOnly(given, ['disposition'])) return stray('')
  return { answer: { disposition: disposition as 'continueLoading' | 'cancel' } }
}

function readNewRequest(given: Record<string, unknown>, policy: EgressPolicy): DecisionReading {
  if (!hasOnly(given, ['disposition', 'request'])) return stray('')
  const { request } = given
  if (!isObject(request)) return { unusable: '/request is not an object' }
  if (!hasOnly(request, ['url', 'headers'])) return stray('/request')
  const { url, headers = {} } = request
  if (typeof url !== 'string') return { unusable: '/request/url is not a string' }
  if (!isObject(headers) || !Object.values(headers).every((value) => typeof value === 'string'))
    return { unusable: '/request/headers is not an object of strings' }
  const checked = checkUrl(url, policy)
  if ('code' in checked) return { unusable: `/request/url: ${refusalText(checked)}` }
  const [error] = checkHeaders(headers as Record<string, string>)
  if (error) return { unusable: `/request/headers: ${error.detail}` }
  const replaced = { url: checked.url, headers: headers as Record<string, string> }
  return { answer: { disposition: 'useNewRequest', request: replaced, host: checked.host } }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function stray(pointer: string): { unusable: string } {
  return { unusable: `${pointer || 'the answer'} has a field that does not belong there` }
}
