import type { EndpointVerification, EndpointVerificationAnswer, WebhookEvent } from './events.generated.ts'

/** What handlers get: no challenge, which the receivers answer themselves. */
export type HandledEvent = Exclude<WebhookEvent, EndpointVerification>

/** Whether it only asks if the endpoint wants what would come; nothing has happened. */
export function isChallenge(event: WebhookEvent): event is EndpointVerification {
  return event.type === 'endpoint.verification'
}

/** The answer to a challenge, as JSON with a 2xx. Give it to verified deliveries only: it says that you have the secret. */
export function repeatChallenge({ data }: EndpointVerification): EndpointVerificationAnswer {
  return { challenge: data.challenge }
}
