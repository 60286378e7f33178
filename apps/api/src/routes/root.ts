import type { App } from '../app.ts'

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

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width">
<title>Backhaul</title>
<h1>Backhaul</h1>
<p>Background downloads as a service. This is the address of its API.</p>
<ul>
<li><a href="/docs/guide">Guide</a></li>
<li><a href="/docs">API reference</a></li>
<li><a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/readyz">Whether it is ready</a></li>
</ul>
</html>
`

/** `/`: a page for a browser, for other clients a pointer to the document. */
export function rootRoutes(app: App): void {
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    reply.header('link', links).header('vary', 'accept')
    const isBrowser = request.headers.accept?.includes('text/html') ?? false
    return isBrowser ? reply.type('text/html; charset=utf-8').send(page) : pointer
  })
}
