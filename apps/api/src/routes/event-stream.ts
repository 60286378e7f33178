import { createEventStreams, type EventStreams } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { principalOf } from '../auth.ts'
import type { LiveDeps } from '../deps.ts'
import { sendFrames } from '../http/send-frames.ts'
import { operation } from '../operation.ts'
import { StreamMessageSchema } from '../schemas/live-event.ts'
import { closed, sessionIdentifier } from '../schemas/shapes.ts'
import { withoutToken } from './events.ts'

const stream = operation({
  operationId: 'streamEvents',
  tag: 'Events',
  summary: 'Follow the events as they happen',
  description: `Server-sent events, without an end. The events of the feed come with an \`id\`, in order and none left out: \`Last-Event-ID\`
(or \`after\`) goes on behind it; without either, the stream begins with what happens from now on. \`task.state\`, \`task.progress\` and
\`task.resumed_at_offset\` come without an \`id\`, only while they happen, and some are left out for a reader that is slow.
A comment comes every 15 s. A reader that takes nothing for a minute is cut off. How many streams a tenant may have open is its limit \`maximumStreams\`.`,
  access: 'read',
  querystring: Type.Object(
    {
      session: Type.Optional(sessionIdentifier),
      after: Type.Optional(
        Type.String({ maxLength: 256, description: '`nextCursor` of the feed, or the id of an event (`evt_…`).' }),
      ),
    },
    closed,
  ),
  headers: Type.Object({
    'Last-Event-ID': Type.Optional(
      Type.String({ maxLength: 256, description: 'The last `id` that was read. It goes before `after`.' }),
    ),
  }),
  responses: {
    200: { schema: StreamMessageSchema, description: 'Messages, one after the other.', mediaType: 'text/event-stream' },
  },
  problems: ['not_found', 'quota_exceeded'],
})

export function eventStreamRoutes(app: App, deps: LiveDeps, stopping: AbortSignal): EventStreams {
  const streams = createEventStreams({ ...deps, log: app.log }, stopping)
  // No automatic HEAD route: it would read the response to its end.
  app.get('/v1/events/stream', { ...stream, exposeHeadRoute: false }, async (request, reply) => {
    const { session, after } = request.query
    const who = principalOf(request)
    const opened = await streams.open(
      who,
      { sessionIdentifier: session, ...startOf(request.headers['last-event-id'], after) },
      who.scopes.includes('write') ? (event) => event : withoutToken,
    )
    return sendFrames(reply, opened)
  })
  return streams
}

/** A client that has read nothing yet may send an empty header. */
function startOf(lastEventId: string | string[] | undefined, after: string | undefined) {
  if (lastEventId) return { after: String(lastEventId), pointer: '/headers/last-event-id' }
  return { after, pointer: '/query/after' }
}
