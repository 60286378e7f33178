import type { EndpointVerification, EndpointVerificationAnswer, WebhookEvent } from './events.generated.ts'

/** The events that handlers get. The receivers answer challenges themselves. */
export type HandledEvent = Exclude<WebhookEvent, EndpointVerification>

/** Whether the event only asks if the endpoint wants webhooks; nothing has happened. */
export function isChallenge(event: WebhookEvent): event is EndpointVerification {
  return event.type === 'endpoint.verification'
}

/** The answer to a challenge, as JSON with a 2xx. Give it to verified deliveries only: it says that you have the secret. */
export function repeatChallenge({ data }: EndpointVerification): EndpointVerificationAnswer {
  return { challenge: data.challenge }
}
