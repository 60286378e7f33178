import { collectBody } from './collect-body.ts'
import { checkOptions, onlyPost, type ReceiverOptions, receive, type WebhookReply } from './receive.ts'
import { WebhookVerificationError } from './verification-error.ts'

/**
 * A receiver for the Fetch API: Hono, Next.js route handlers, Cloudflare Workers, Deno, Bun. Rejects with the errors of
 * `onEvent` and `seen`; then the runtime responds with 500, and the event comes again.
 */
export function fetchWebhooks(options: ReceiverOptions): (request: Request) => Promise<Response> {
  checkOptions(options)
  return async (request) => {
    if (request.method !== 'POST') return toResponse(onlyPost)
    return toResponse(await receive(options, request.headers, () => readBody(request)))
  }
}

async function readBody({ bodyUsed, body }: Request): Promise<Uint8Array> {
  // The body was read already, and can be read once.
  if (bodyUsed) throw new WebhookVerificationError('body_missing', 'The request had been read before.')
  return body === null ? new Uint8Array() : collectBody(body)
}

function toResponse({ status, headers, body }: WebhookReply): Response {
  return new Response(body, { status, headers })
}
