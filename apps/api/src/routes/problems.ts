import { notFound, type ProblemCode, problems } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { fixes } from '../http/fixes.ts'

/** The URLs that problems have as their `type` (RFC 9457 §3.1.1). */
export function problemRoutes(app: App): void {
  const params = Type.Object({ code: Type.String() })
  app.get('/problems/:code', { schema: { params, hide: true } }, async (request, reply) => {
    const { code } = request.params
    if (!Object.hasOwn(problems, code)) throw notFound('problem')
    const { status, title } = problems[code as ProblemCode]
    reply.type('text/html; charset=utf-8')
    return page(
      `${status} ${code}`,
      `<h1>${title}</h1>\n<p><code>${code}</code>, HTTP ${status}</p>`,
      fixes[code as ProblemCode],
      `<p><a href="/docs/guide/errors#${code}">All problems</a></p>`,
    )
  })
}

function page(title: string, heading: string, text: string, more: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n${heading}\n<p>${safe}</p>\n${more}\n</html>\n`
}
