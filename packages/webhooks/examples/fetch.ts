// Cloudflare Workers, Deno (`deno serve`) and Bun run this file as it is. Next.js: `export const POST = fetchWebhooks({…})`.
import { byType, useCredential } from '@backhaul/webhooks'
import { fetchWebhooks } from '@backhaul/webhooks/fetch'

const webhooks = fetchWebhooks({
  secret: process.env.WEBHOOK_SECRET ?? '',
  onEvent: byType({
    'task.completed': ({ data: { task } }) => console.log(`${task.id} ${task.state} ${task.file?.bytes ?? 0} bytes`),
    'task.authentication_challenge': ({ data: { challenge } }) =>
      useCredential({ user: 'reader', password: `secret of ${challenge.host}` }),
  }),
  onRefused: ({ code }) => console.error(`refused: ${code}`),
})

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    return pathname === '/webhooks/backhaul' ? webhooks(request) : new Response(null, { status: 404 })
  },
}
