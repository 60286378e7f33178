import { answerDelivery, type ConnectionHub, createConnectionHub } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { principalOf, tenantOf } from '../auth.ts'
import type { LiveDeps } from '../deps.ts'
import { sendFrames } from '../http/send-frames.ts'
import { operation } from '../operation.ts'
import { ConnectMessageSchema, GivenAnswerSchema } from '../schemas/listen.ts'
import { closed, id } from '../schemas/shapes.ts'

const connect = operation({
  operationId: 'connectEndpoint',
  tag: 'Endpoints',
  summary: 'Receive the deliveries of a stream endpoint',
  description: `Server-sent events, without an end: a \`delivery\` for each attempt, with the headers and the body that an HTTP endpoint would
get. Answer each with \`POST /v1/deliveries/{id}/respond\` within 20 s; the next one of its session comes when it is answered. Retries, wakes
and decisions are those of HTTP. While nobody is connected, deliveries wait, and no attempt is made.

An endpoint has one connection. A new one takes over: the older one gets a \`closed\` message and ends, and what it had not answered comes
again over the new one, with the same \`webhook-id\` and body. A comment comes every 15 s.`,
  access: 'write',
  params: Type.Object({ id: id('whe', 'endpoint') }, closed),
  responses: {
    200: {
      schema: ConnectMessageSchema,
      description: 'Messages, one after the other.',
      mediaType: 'text/event-stream',
    },
  },
  problems: ['endpoint_not_a_stream', 'endpoint_disabled', 'quota_exceeded'],
})

const respond = operation({
  operationId: 'respondToDelivery',
  tag: 'Deliveries',
  summary: 'Answer a delivery that came over a connection',
  description: 'The attempt is on record, with all that follows from it, when this is answered.',
  access: 'write',
  params: Type.Object({ id: id('dlv', 'delivery') }, closed),
  body: GivenAnswerSchema,
  responses: { 204: { schema: null, description: 'It is recorded.' } },
  problems: ['delivery_not_awaited'],
})

export function listenRoutes(app: App, deps: LiveDeps, stopping: AbortSignal): ConnectionHub {
  const connections = createConnectionHub({ ...deps, log: app.log }, stopping)
  // Deliveries in progress are recorded before the database is closed.
  app.addHook('onClose', () => connections.settled())

  // No automatic HEAD route: it would take over the endpoint's connection.
  app.get('/v1/webhook-endpoints/:id/connect', { ...connect, exposeHeadRoute: false }, async (request, reply) => {
    const opened = await connections.open(principalOf(request), request.params.id)
    return sendFrames(reply, opened)
  })

  app.post('/v1/deliveries/:id/respond', respond, async (request, reply) => {
    await answerDelivery(deps, tenantOf(request), request.params.id, request.body)
    return reply.code(204).send()
  })
  return connections
}
