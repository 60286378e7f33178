import { basename, dirname } from 'node:path'
import { AppError, contentDisposition } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { closed } from '../schemas/shapes.ts'

/** Links to files on disk. They carry their own proof, so they need no key; they are given out, never guessed. */
export function fileRoutes(app: App, openFile: NonNullable<ApiDeps['openFile']>): void {
  const params = Type.Object({ token: Type.String() }, closed)
  app.get('/files/:token', { schema: { params, hide: true } }, async (request, reply) => {
    const file = await openFile(request.params.token)
    if (file === 'invalid') throw new AppError('not_found', 'There is no such link.')
    if (file === 'expired') throw new AppError('link_expired', 'Ask for a new link.')
    if (file === 'gone') throw new AppError('file_gone', 'The file is not there any more.')
    reply
      .type(file.mimeType)
      .header('content-disposition', contentDisposition(file.filename))
      .header('cache-control', 'private, no-store')
      // A tenant's bytes are never a document of ours, whatever a browser makes of them.
      .header('content-security-policy', "default-src 'none'; sandbox")
    return reply.sendFile(basename(file.path), dirname(file.path), {
      contentType: false,
      cacheControl: false,
      dotfiles: 'allow',
      index: false,
    })
  })
}
