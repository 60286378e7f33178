import { basename, dirname } from 'node:path'
import { AppError, contentDisposition, judgeConditions, notFound, soundRange } from '@backhaul/core'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { closed } from '../schemas/shapes.ts'

/** Links to files on disk. They carry their own proof, so they need no key; they are given out, never guessed. */
export function fileRoutes(app: App, openFile: NonNullable<ApiDeps['openFile']>): void {
  const params = Type.Object({ token: Type.String() }, closed)
  app.get('/files/:token', { schema: { params, hide: true } }, async (request, reply) => {
    const file = await openFile(request.params.token)
    if (file === 'invalid') throw notFound('link')
    if (file === 'expired') throw new AppError('link_expired', 'Ask for a new link.')
    if (file === 'gone') throw new AppError('file_gone', 'The file is not there any more.')
    const { headers } = request.raw
    const judged = judge(headers, file.etag)
    reply.header('etag', file.etag)
    if (judged === 'failed') throw new AppError('precondition_failed', 'The file has another ETag.')
    if (judged === 'unchanged') return reply.code(304).send()
    const range = judged === 'whole' ? null : soundRange(headers.range ?? '', file.bytes)
    if (range === null) delete headers.range
    else headers.range = range
    reply
      .type(file.mimeType)
      .header('content-disposition', contentDisposition(file.filename))
      .header('cache-control', 'private, no-store')
      // A tenant's bytes are never a document of ours, whatever a browser makes of them.
      .header('content-security-policy', "default-src 'none'; sandbox")
    return reply.sendFile(basename(file.path), dirname(file.path), {
      contentType: false,
      etag: false,
      cacheControl: false,
      dotfiles: 'allow',
      index: false,
    })
  })
}

/** By our tag, which is strong; what is left of the conditions, dates and ranges, is judged by the sender of the file. */
function judge(headers: FastifyRequest['raw']['headers'], etag: string): ReturnType<typeof judgeConditions> {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const ifRange = headers['if-range'] as string | undefined
  // RFC 9110 §13.1.3, §13.1.4: a tag takes the place of a date.
  if (ifMatch !== undefined) delete headers['if-unmodified-since']
  if (ifNoneMatch !== undefined) delete headers['if-modified-since']
  for (const name of ['if-match', 'if-none-match', 'if-range']) delete headers[name]
  return judgeConditions({ ifMatch, ifNoneMatch, ifRange }, etag)
}
