import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readDeepObjects } from './deep-query.ts'
import { requirePlainText } from './plain-text.ts'
import { readBody } from './read-body.ts'
import { decodeText, inspectJson } from './strict-json.ts'

/** Reads requests before their schemas apply: JSON only, an absent body becomes `{}`, numbers in a query become numbers. */
export function takeRequests(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // `__proto__` and `constructor.prototype` are refused, not dropped.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    const body = await readBody(payload, request.routeOptions.bodyLimit)
    // Many clients send Content-Type with every POST, even without a body.
    if (body.length === 0) return undefined
    const text = decodeText(body)
    inspectJson(text)
    const value = await new Promise((resolve, reject) => {
      parseJson(request, text, (error, parsed) => (error === null ? resolve(parsed) : reject(error)))
    })
    // Only escapes can put characters into a text that UTF-8 and JSON cannot hold.
    if (text.includes('\\u')) requirePlainText(value, '')
    return value
  })

  // A client that gets its response before its body has arrived may keep sending, and Node would read and discard it chunk by chunk.
  app.addHook('onSend', async ({ headers, raw }, reply) => {
    if (headers['transfer-encoding'] !== undefined && !raw.complete) reply.header('connection', 'close')
  })

  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body) request.body = {}
    readScalars(request)
    readDeepObjects(request)
    // Path parameters have their own patterns.
    if (!isPage(request)) requirePlainText(request.query, '/query')
  })
}

/** A page of the dashboard gets the query of its address in the browser: an address that was mistyped still leads to the page. */
const isPage = ({ routeOptions: { schema } }: FastifyRequest) =>
  schema?.hide === true && schema.querystring === undefined

/** Converts texts where the schema requires a number or a boolean. A text that is none stays, and the schema refuses it. */
function readScalars({ query, routeOptions }: FastifyRequest): void {
  const schema = routeOptions.schema?.querystring as { properties?: Record<string, { type?: string }> } | undefined
  const values = query as Record<string, unknown>
  for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
    const value = values[name]
    if (typeof value !== 'string') continue
    if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,9})?$/.test(value))
      values[name] = Number(value)
    if (type === 'boolean' && (value === 'true' || value === 'false')) values[name] = value === 'true'
  }
}
