// Run: WEBHOOK_SECRET=whsec_… PORT=3000 node examples/fastify.ts
import { byType, useCredential } from '@backhaul/webhooks'
import { fastifyWebhooks } from '@backhaul/webhooks/fastify'
import Fastify from 'fastify'

const app = Fastify()
// The other routes of the app keep their parsed JSON bodies.
app.register(fastifyWebhooks, {
  path: '/webhooks/backhaul',
  secret: process.env.WEBHOOK_SECRET ?? '',
  onEvent: byType({
    'task.completed': ({ data: { task } }) => console.log(`${task.id} ${task.state} ${task.file?.bytes ?? 0} bytes`),
    'task.authentication_challenge': ({ data: { challenge } }) =>
      useCredential({ user: 'reader', password: `secret of ${challenge.host}` }),
  }),
  onRefused: ({ code }) => console.error(`refused: ${code}`),
})

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
console.log('listening', app.server.address())
