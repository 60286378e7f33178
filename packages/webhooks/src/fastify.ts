import { maximumBodyBytes } from './collect-body.ts'
import { checkOptions, type ReceiverOptions, receive } from './receive.ts'

/** The used part of a Fastify instance. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Uint8Array, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown
  post(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown
}

export interface FastifyRequestLike {
  headers: Record<string, string | string[] | undefined>
  body: unknown
}

export interface FastifyReplyLike {
  code(status: number): unknown
  headers(headers: Record<string, string>): unknown
  send(body?: string): unknown
}

export interface FastifyWebhooksOptions extends ReceiverOptions {
  /** The path of the webhooks. Default: `/`, below the prefix that the plugin is registered with. */
  path?: string
}

/**
 * A Fastify plugin with one route. Only this route gets raw bodies: a plugin's content type parsers are its own
 * (Fastify, "Encapsulation"). Errors of `onEvent` and `seen` go to Fastify's error handler.
 */
export async function fastifyWebhooks(fastify: FastifyLike, options: FastifyWebhooksOptions): Promise<void> {
  checkOptions(options)
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maximumBodyBytes }, (_request, body, done) =>
    done(null, body),
  )
  fastify.post(options.path ?? '/', async (request, reply) => {
    // Where there is neither a body nor a type, no parser is called.
    const { status, headers, body } = await receive(options, request.headers, () => request.body ?? '')
    reply.code(status)
    reply.headers(headers)
    return body === null ? reply.send() : reply.send(body)
  })
}
