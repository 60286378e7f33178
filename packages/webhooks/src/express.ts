import { collectBody } from './collect-body.ts'
import { checkOptions, onlyPost, type ReceiverOptions, receive, type WebhookReply } from './receive.ts'

/** The used part of Node's IncomingMessage, and of the requests that Express and others make of it. */
export interface NodeRequest extends AsyncIterable<unknown> {
  method?: string | undefined
  headers: Record<string, string | string[] | undefined>
  readableDidRead: boolean
  /** Set by body parsers. */
  body?: unknown
  /** Set by some hosts beside a parsed body. */
  rawBody?: unknown
}

/** The used part of Node's ServerResponse. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body?: string): unknown }
}

/**
 * A handler for Express (4 and 5), Connect, and `http.createServer`. Reads the body itself when no parser has; a raw one
 * (`express.raw`, `express.text`) is taken; a parsed one is refused with the reason. Errors of `onEvent` and `seen` go to `next`,
 * or lead to a 500 where there is none.
 */
export function expressWebhooks(
  options: ReceiverOptions,
): (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void) => Promise<void> {
  checkOptions(options)
  return async (request, response, next) => {
    try {
      const reply =
        request.method === 'POST' ? await receive(options, request.headers, () => rawBodyOf(request)) : onlyPost
      send(response, reply)
    } catch (error) {
      if (next) next(error)
      else send(response, { status: 500, headers: {}, body: null })
    }
  }
}

async function rawBodyOf(request: NodeRequest): Promise<unknown> {
  const { body, rawBody } = request
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (rawBody instanceof Uint8Array) return rawBody
  // Express 4 leaves an empty object where no parser took the body.
  return request.readableDidRead ? body : collectBody(request as AsyncIterable<Uint8Array>)
}

function send(response: NodeResponse, { status, headers, body }: WebhookReply): void {
  const started = response.writeHead(status, headers)
  if (body === null) started.end()
  else started.end(body)
}
