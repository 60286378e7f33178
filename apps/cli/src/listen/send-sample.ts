import type { Backhaul, DeliveryMessage, EndpointTestEvent, TestEndpoint } from '@backhaul/sdk'
import { calledWrongly } from '../command-error.ts'
import { type ForwardedResponse, forward } from './forward.ts'
import { signedHeaders } from './sign-webhook.ts'

export interface Sample {
  eventId: string
  response: ForwardedResponse
}
interface Wanted {
  type: NonNullable<TestEndpoint['type']>
  secret: string
  target: string
}

/** POSTs an event of the type to the target, as the service would send it, and signed with the secret. Throws CommandError. */
export async function sendSample(client: Backhaul, wanted: Wanted, signal: AbortSignal): Promise<Sample> {
  const { type, secret, target } = wanted
  const delivery = await exampleOf(client, type, signal)
  const event = JSON.parse(delivery.body) as EndpointTestEvent
  const body = JSON.stringify({ ...event, ...(type === 'endpoint.test' ? {} : event.data.example) })
  const headers = signedHeaders({ id: event.id, body, secret }, new Date())
  if (headers === null) throw calledWrongly('The secret must be "whsec_" and base64, as the service shows it.')
  return { eventId: event.id, response: await forward({ ...delivery, headers, body }, target) }
}

/** The service knows what its events look like: it makes one, for an endpoint that is there only for this. */
async function exampleOf(client: Backhaul, type: Wanted['type'], signal: AbortSignal): Promise<DeliveryMessage> {
  const { id } = await client.endpoints.create({ kind: 'stream', description: 'backhaul trigger' }, { signal })
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  try {
    // What is sent before somebody listens comes as soon as somebody does.
    await client.endpoints.test(id, { type }, { signal })
    for await (const message of client.endpoints.connect(id, { signal: either })) {
      if (message.type === 'closed') break
      await client.deliveries.respond(message.data.deliveryId, { status: 204 }, { signal })
      return message.data
    }
    throw new Error('the connection was closed before the event came')
  } finally {
    ended.abort()
    await client.endpoints.delete(id)
  }
}
