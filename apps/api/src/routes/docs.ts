import Fastify from 'fastify'
import type { App } from '../app.ts'

/** The page is one script with its styles and loads nothing from other servers. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pages = ['/docs', '/docs/', '/docs/js/scalar.js']

/** The OpenAPI document and a page to read it. */
export function docsRoutes(app: App, document: () => object): void {
  app.get('/openapi.json', { schema: { hide: true } }, async () => document())
  let reference: ReturnType<typeof buildReference> | undefined
  for (const url of pages) {
    app.get(url, { schema: { hide: true }, logLevel: 'silent' }, async (request, reply) => {
      reference ??= buildReference().catch((error) => {
        // The next request tries again.
        reference = undefined
        throw error
      })
      const page = await (await reference).inject({ url: request.url })
      // All else in its head is about a connection that there is not.
      const { 'content-type': type, location } = page.headers
      if (location !== undefined) reply.header('location', location)
      return reply
        .code(page.statusCode)
        .headers({ 'content-type': type, 'content-security-policy': pagePolicy })
        .send(page.rawPayload)
    })
  }
}

/** A server of its own that never listens: its script is a third of the API's memory, and few processes are ever asked for it. */
async function buildReference() {
  const { default: apiReference } = await import('@scalar/fastify-api-reference')
  const server = Fastify()
  await server.register(apiReference, {
    routePrefix: '/docs',
    configuration: {
      url: '../openapi.json',
      pageTitle: 'Backhaul API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  })
  return server
}
