// WEBHOOK_SECRET=whsec_… node app.ts
import { mkdir } from 'node:fs/promises'
import { Backhaul, InvalidRequestError } from '@backhaul/sdk'
import { byType } from '@backhaul/webhooks'
import { expressWebhooks } from '@backhaul/webhooks/express'
import express, { type NextFunction, type Request, type Response } from 'express'

const { PORT = '3000', WEBHOOK_SECRET = '' } = process.env
const { PUBLIC_URL = `http://127.0.0.1:${PORT}` } = process.env

const backhaul = new Backhaul() // with BACKHAUL_API_KEY, at BACKHAUL_URL
const app = express()

// Before express.json(): the signature is over the bytes as they came.
app.post(
  '/webhooks/backhaul',
  expressWebhooks({
    secret: WEBHOOK_SECRET,
    onEvent: byType({
      'task.completed': async ({ data: { task } }) => {
        if (!task.file) return console.error(`${task.originalRequest.url} ${task.state}: ${task.error?.detail}`)
        // The event comes again until this has returned. Then saving goes on where it was, and does nothing for a file that is there.
        const { path, bytes } = await backhaul.files.save(task, `files/${task.id}`)
        console.log(`${path}: ${bytes} bytes`)
      },
    }),
    onRefused: ({ message }) => console.error(message),
  }),
)

app.use(express.json())

// Hands a download over and answers at once.
app.post('/imports', async (request, response) => {
  const { id } = await backhaul.tasks.create('imports', { url: request.body.url })
  response.status(202).location(`/imports/${id}`).json({ id })
})

app.get('/imports/:id', async (request, response) => {
  const { id, state, progress, waitingFor } = await backhaul.tasks.get(request.params.id)
  response.json({ id, state, progress: progress.fractionCompleted, waitingFor: waitingFor.map(({ detail }) => detail) })
})

// What is wrong with the URL, in words for whoever sent it.
app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (!(error instanceof InvalidRequestError)) return next(error)
  response.status(error.status).json({ error: error.message })
})

await mkdir('files', { recursive: true })
// Where events go. The same call finds the session again, so it can be made at every start.
await backhaul.sessions.open('imports', {
  configuration: { delegate: { url: `${PUBLIC_URL}/webhooks/backhaul` } },
})
app.listen(Number(PORT), () => console.log(`listening on ${PUBLIC_URL}`))
