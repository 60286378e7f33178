// WEBHOOK_SECRET=whsec_… node app.ts
import { mkdir } from 'node:fs/promises'
import Fastify from 'fastify'
import backhaul from './backhaul.ts'

const { PORT = '3000', WEBHOOK_SECRET = '' } = process.env
const { PUBLIC_URL = `http://127.0.0.1:${PORT}` } = process.env

const app = Fastify({ logger: true })

await app.register(backhaul, {
  session: 'imports',
  publicUrl: PUBLIC_URL,
  webhookSecret: WEBHOOK_SECRET,
  on: {
    'task.completed': async ({ data: { task } }) => {
      if (!task.file) return app.log.error({ task: task.id, error: task.error }, 'not downloaded')
      // The event comes again until this has returned. Then saving goes on where it was, and does nothing for a file that is there.
      const saved = await app.backhaul.files.save(task, `files/${task.id}`)
      app.log.info(saved, 'saved')
    },
  },
})

const body = { type: 'object', required: ['urls'], properties: { urls: { type: 'array', items: { type: 'string' } } } }
app.post<{ Body: { urls: string[] } }>('/imports', { schema: { body } }, async ({ body: { urls } }, reply) => {
  const { tasks } = await app.backhaul.tasks.createMany(
    'imports',
    urls.map((url) => ({ url })),
  )
  return reply.code(202).send({ ids: tasks.map(({ id }) => id) })
})

await mkdir('files', { recursive: true })
await app.listen({ port: Number(PORT) })
