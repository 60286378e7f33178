import { notFound } from '@backhaul/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { type DashboardFiles, readDashboard } from '../dashboard/files.ts'
import { dashboardPaths } from '../dashboard/paths.ts'

/** The Link header to the API's description (RFC 8631). */
const links =
  '</openapi.json>; rel="service-desc"; type="application/json", </docs>; rel="service-doc"; type="text/html", </docs/guide>; rel="help"; type="text/html"'

const pointer = {
  name: 'Backhaul',
  description: 'Background downloads as a service.',
  documentation: '/docs',
  guide: '/docs/guide',
  openapi: '/openapi.json',
}

/** Scripts, styles and requests of its own, and nothing else: what a tenant wrote into a name can load and run nothing. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Without the built dashboard: a service without it is whole. */
const bare = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width">
<title>Backhaul</title>
<h1>Backhaul</h1>
<p>Background downloads as a service. This is the address of its API. The dashboard was not built: <code>npm run build</code> does it.</p>
<ul>
<li><a href="/docs/guide">Guide</a></li>
<li><a href="/docs">API reference</a></li>
<li><a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/readyz">Whether it is ready</a></li>
</ul>
</html>
`

const hidden = { hide: true }
const aYear = 'public, max-age=31536000, immutable'

/** `/`: the dashboard for a browser, for other clients a pointer to the document. */
export function dashboardRoutes(app: App): void {
  let reading: Promise<DashboardFiles | null> | undefined
  const files = () => {
    reading ??= readDashboard()
    return reading.catch((error) => {
      // The next request tries again.
      reading = undefined
      throw error
    })
  }
  const sendPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const found = await files()
    if (found === null) return reply.type('text/html; charset=utf-8').send(bare)
    reply.header('content-security-policy', policy).header('cache-control', 'no-cache')
    return send(found, 'index.html', request, reply)
  }
  app.get('/', { schema: hidden }, async (request, reply) => {
    reply.header('link', links).header('vary', 'accept, accept-encoding')
    const isBrowser = request.headers.accept?.includes('text/html') ?? false
    return isBrowser ? sendPage(request, reply) : pointer
  })
  for (const path of dashboardPaths)
    app.get(path, { schema: hidden }, (request, reply) => sendPage(request, reply.header('vary', 'accept-encoding')))
  app.get('/icon.svg', { schema: hidden }, async (request, reply) =>
    send(await files(), 'icon.svg', request, reply.header('vary', 'accept-encoding')),
  )
  const params = Type.Object({ name: Type.String() })
  app.get('/assets/:name', { schema: { params, ...hidden } }, async (request, reply) =>
    // Their names hold a hash of what is in them.
    send(
      await files(),
      `assets/${request.params.name}`,
      request,
      reply.headers({ 'cache-control': aYear, vary: 'accept-encoding' }),
    ),
  )
}

function send(files: DashboardFiles | null, name: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = files?.get(name)
  if (!found) throw notFound('page')
  reply.type(found.type)
  const isZipped = /\bgzip\b/.test(`${request.headers['accept-encoding'] ?? ''}`)
  return isZipped ? reply.header('content-encoding', 'gzip').send(found.zipped) : reply.send(found.plain)
}
