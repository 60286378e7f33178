// Run: WEBHOOK_SECRET=whsec_… PORT=3000 node examples/express.ts
import { byType, useCredential } from '@backhaul/webhooks'
import { expressWebhooks } from '@backhaul/webhooks/express'
import express from 'express'

const webhooks = expressWebhooks({
  secret: process.env.WEBHOOK_SECRET ?? '',
  onEvent: byType({
    'task.completed': ({ data: { task } }) => console.log(`${task.id} ${task.state} ${task.file?.bytes ?? 0} bytes`),
    'task.authentication_challenge': ({ data: { challenge } }) =>
      useCredential({ user: 'reader', password: `secret of ${challenge.host}` }),
  }),
  onRefused: ({ code }) => console.error(`refused: ${code}`),
})

const app = express()
// Before express.json(): the signature is over the bytes as they came.
app.post('/webhooks/backhaul', webhooks)
app.use(express.json())

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log('listening', server.address()),
)
