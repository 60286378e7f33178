import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readDeepObjects } from './deep-query.ts'
import { requirePlainText } from './plain-text.ts'
import { readBody } from './read-body.ts'
import { decodeText, inspectJson } from './strict-json.ts'

/** How requests are read, before schemas see them: JSON only, no body is `{}`, and numbers in a query are numbers. */
export function takeRequests(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // `__proto__` and `constructor.prototype` are refused, not dropped.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    const body = await readBody(payload, request.routeOptions.bodyLimit)
    // Many clients send the header with every POST, also when there is nothing to say.
    if (body.length === 0) return undefined
    const text = decodeText(body)
    inspectJson(text)
    const value = await new Promise((resolve, reject) => {
      parseJson(request, text, (error, parsed) => (error === null ? resolve(parsed) : reject(error)))
    })
    // Only an escape brings into a text what UTF-8 and JSON do not hold.
    if (text.includes('\\u')) requirePlainText(value, '')
    return value
  })

  // A client that is answered before its whole body came may go on to send it, in pieces that Node reads one by one to throw them away.
  app.addHook('onSend', async ({ headers, raw }, reply) => {
    if (headers['transfer-encoding'] !== undefined && !raw.complete) reply.header('connection', 'close')
  })

  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body) request.body = {}
    readNumbers(request)
    readDeepObjects(request)
    // Parameters of the path have patterns of their own.
    requirePlainText(request.query, '/query')
  })
}

/** Where the schema wants a number and the text is one. Everything else stays a text, which the schema then refuses. */
function readNumbers({ query, routeOptions }: FastifyRequest): void {
  const schema = routeOptions.schema?.querystring as { properties?: Record<string, { type?: string }> } | undefined
  const values = query as Record<string, unknown>
  for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
    const value = values[name]
    if (
      (type === 'integer' || type === 'number') &&
      typeof value === 'string' &&
      /^-?\d{1,15}(\.\d{1,9})?$/.test(value)
    ) {
      values[name] = Number(value)
    }
  }
}
