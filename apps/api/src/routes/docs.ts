import apiReference from '@scalar/fastify-api-reference'
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

/** The OpenAPI document and a page to read it. */
export async function docsRoutes(app: App, document: () => object): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, async () => document())
  await app.register(apiReference, {
    routePrefix: '/docs',
    logLevel: 'silent',
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
    hooks: {
      onRequest: (_request, reply, done) => {
        reply.header('content-security-policy', pagePolicy)
        done()
      },
    },
  })
}
