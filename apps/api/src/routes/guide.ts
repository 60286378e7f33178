import { notFound } from '@backhaul/core'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import type { Site } from '../guide/site.ts'

const hidden = { hide: true }
const params = Type.Object({ page: Type.String() })

/** The guide and the other documents under `docs/`, as pages and as Markdown, and the index for language models. */
export function guideRoutes(app: App, { publicUrl }: Pick<ApiDeps, 'publicUrl'>): void {
  let opening: Promise<Site> | undefined
  /** With what renders Markdown, which few processes are ever asked for. */
  const site = () => {
    opening ??= import('../guide/site.ts').then(({ openSite }) => openSite())
    return opening.catch((error) => {
      // The next request tries again.
      opening = undefined
      throw error
    })
  }
  const send = async (path: string, reply: FastifyReply) => {
    const found = await (await site()).find(path)
    if (found === null) throw notFound('page')
    if (found.policy !== null) reply.header('content-security-policy', found.policy)
    return reply.type(found.type).send(found.text)
  }
  app.get('/docs/guide', { schema: hidden }, (_request, reply) => send('guide', reply))
  app.get('/docs/guide/', { schema: hidden }, async (_request, reply) => reply.redirect('/docs/guide', 301))
  app.get('/docs/guide/:page', { schema: { params, ...hidden } }, (request, reply) =>
    send(`guide/${request.params.page}`, reply),
  )
  app.get('/docs/:page', { schema: { params, ...hidden } }, (request, reply) => send(request.params.page, reply))
  app.get('/llms.txt', { schema: hidden }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(await (await site()).llms(publicUrl ?? '')),
  )
}
