import type {
  AuthenticationChallengeAnswer,
  Credential,
  DelayedRequestAnswer,
  GivenRequest,
  WebhookEvent,
  WebhookEvents,
} from './events.generated.ts'

/** The events that ask for a decision, and the answer to each. */
export interface Decisions {
  'task.will_begin_delayed_request': DelayedRequestAnswer
  'task.authentication_challenge': AuthenticationChallengeAnswer
}
export type Decision = Decisions[keyof Decisions]

const decisionTypes: readonly string[] = [
  'task.will_begin_delayed_request',
  'task.authentication_challenge',
] satisfies (keyof Decisions)[]

/** Whether the event asks for a decision. */
export function asksForDecision(event: WebhookEvent): event is WebhookEvents[keyof Decisions] {
  return decisionTypes.includes(event.type)
}

/** The delayed task begins with the request it has. */
export function continueLoading(): DelayedRequestAnswer & { disposition: 'continueLoading' } {
  return { disposition: 'continueLoading' }
}

/** The delayed task begins with this request, which takes the place of the whole old one. */
export function useNewRequest(request: GivenRequest): DelayedRequestAnswer & { disposition: 'useNewRequest' } {
  return { disposition: 'useNewRequest', request }
}

/** The task tries again with this credential, which is sent to its host and nowhere else. */
export function useCredential(
  credential: UsableCredential,
): AuthenticationChallengeAnswer & { disposition: 'useCredential' } {
  return { disposition: 'useCredential', credential: credential satisfies Credential }
}

/** The task is canceled. An answer to both events. */
export function cancel(): { disposition: 'cancel' } {
  return { disposition: 'cancel' }
}

/** A credential that can be sent: a token, or a user (without a colon) with a password. */
export type UsableCredential =
  | { scheme?: 'bearer'; token: string }
  | { scheme?: 'basic'; user: string; password: string }
