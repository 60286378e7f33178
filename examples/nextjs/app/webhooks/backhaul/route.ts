import { mkdir } from 'node:fs/promises'
import { byType } from '@backhaul/webhooks'
import { fetchWebhooks } from '@backhaul/webhooks/fetch'
import { backhaul } from '../../../lib/backhaul.ts'

/** Verifies the signature over the bytes as they came: nothing may read the request before. */
export const POST = fetchWebhooks({
  // A function for the same reason as in lib/backhaul.ts.
  secret: () => process.env.WEBHOOK_SECRET ?? '',
  onEvent: byType({
    'task.completed': async ({ data: { task } }) => {
      if (!task.file) return console.error(`${task.originalRequest.url} ${task.state}: ${task.error?.detail}`)
      await mkdir('files', { recursive: true })
      // The event comes again until this has returned. Then saving goes on where it was, and does nothing for a file that is there.
      const { path, bytes } = await backhaul.files.save(task, `files/${task.id}`)
      console.log(`${path}: ${bytes} bytes`)
    },
  }),
  onRefused: ({ message }) => console.error(message),
})
