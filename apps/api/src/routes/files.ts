import { ReadStream } from 'node:fs'
import { basename, dirname } from 'node:path'
import { AppError, contentDisposition, judgeConditions, notFound, soundRange } from '@backhaul/core'
import serveStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { sendBlocks } from '../http/send-blocks.ts'
import { closed } from '../schemas/shapes.ts'

/** Signed links to files on disk. The signature authorizes the request, so no key is required. */
export async function fileRoutes(app: App, openFile: NonNullable<ApiDeps['openFile']>): Promise<void> {
  await app.register(serveStatic, { serve: false })
  const params = Type.Object({ token: Type.String() }, closed)
  app.get('/files/:token', { schema: { params, hide: true }, onSend: inBlocks }, async (request, reply) => {
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
      // The browser must never treat a tenant's bytes as a document of this origin.
      .header('content-security-policy', "default-src 'none'; sandbox")
    if (file.contentEncoding !== null) reply.header('content-encoding', file.contentEncoding)
    return reply.sendFile(basename(file.path), dirname(file.path), {
      contentType: false,
      etag: false,
      cacheControl: false,
      dotfiles: 'allow',
      index: false,
    })
  })
}

/** The module that sends files has told in fields which bytes come; they come in blocks instead of its stream. */
async function inBlocks(_request: FastifyRequest, reply: FastifyReply, file: unknown): Promise<unknown> {
  if (!(file instanceof ReadStream)) return file
  file.destroy()
  const range = /^bytes (\d+)-/.exec(String(reply.getHeader('content-range')))
  return sendBlocks(String(file.path), Number(range?.[1] ?? 0), Number(reply.getHeader('content-length')))
}

/** Evaluates the conditions on the (strong) tag; the module that sends the file evaluates dates and ranges. */
function judge(headers: FastifyRequest['raw']['headers'], etag: string): ReturnType<typeof judgeConditions> {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const ifRange = headers['if-range'] as string | undefined
  // RFC 9110 §13.1.3, §13.1.4: a condition on the tag replaces one on the date.
  if (ifMatch !== undefined) delete headers['if-unmodified-since']
  if (ifNoneMatch !== undefined) delete headers['if-modified-since']
  for (const name of ['if-match', 'if-none-match', 'if-range']) delete headers[name]
  return judgeConditions({ ifMatch, ifNoneMatch, ifRange }, etag)
}
