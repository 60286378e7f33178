import { changeFile, fileView, linkFile, moveFile } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { NothingSchema } from '../schemas/health.ts'
import { FileSchema, MoveFileSchema, RenewFileSchema } from '../schemas/task.ts'
import { taskParams } from '../schemas/task-params.ts'

const common = { tag: 'Files', params: taskParams } as const
const changed = { 200: { schema: FileSchema, description: 'The file as it is now.' } }

const get = operation({
  ...common,
  operationId: 'getTaskFile',
  summary: "Get a link to a task's file",
  description: 'The link is short-lived, serves the file with Range and needs no key.',
  access: 'read',
  responses: {
    200: {
      schema: Type.String({ format: 'binary' }),
      description: 'The bytes, where a client that follows the redirect arrives.',
      mediaType: 'application/octet-stream',
    },
    302: {
      schema: null,
      description: 'Where the file is served.',
      headers: { Location: Type.String({ format: 'uri-reference', description: 'The link.' }) },
    },
  },
  problems: ['file_not_available', 'file_gone'],
})

const keep = operation({
  ...common,
  operationId: 'keepTaskFile',
  summary: 'Keep a file for good',
  description: 'The file becomes permanent where it is. Repeating it is harmless.',
  access: 'write',
  body: NothingSchema,
  responses: changed,
  problems: ['file_not_available', 'file_gone'],
})

const move = operation({
  ...common,
  operationId: 'moveTaskFile',
  summary: 'Put a file at a key of your own, for good',
  description:
    'The key lies below the tenant’s prefix, and no other file is ever overwritten. The file becomes permanent.',
  access: 'write',
  body: MoveFileSchema,
  responses: changed,
  problems: ['file_not_available', 'file_gone', 'file_key_taken'],
})

const renew = operation({
  ...common,
  operationId: 'renewTaskFile',
  summary: "Renew a file's lease",
  description: 'The lease ends so many seconds from now, also if that is sooner than before.',
  access: 'write',
  body: RenewFileSchema,
  responses: changed,
  problems: ['file_not_available', 'file_gone'],
})

const release = operation({
  ...common,
  operationId: 'releaseTaskFile',
  summary: 'Delete a file',
  description: 'Repeating it is harmless.',
  access: 'write',
  body: NothingSchema,
  responses: changed,
  problems: ['file_not_available', 'file_gone'],
})

export function taskFileRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/tasks/:id/file', get, async (request, reply) => {
    const link = await linkFile(deps, tenantOf(request), request.params.id)
    // Files on disk are served by this service, below the URL that clients use.
    const location = link.startsWith('/') ? `${deps.publicUrl ?? ''}${link}` : link
    return reply.header('cache-control', 'no-store').redirect(location, 302)
  })

  app.post('/v1/tasks/:id/file/keep', keep, async (request) =>
    fileView(await changeFile(deps, tenantOf(request), request.params.id, { kind: 'keep' })),
  )

  app.post('/v1/tasks/:id/file/move', move, async (request) =>
    fileView(await moveFile(deps, tenantOf(request), request.params.id, request.body.key)),
  )

  app.post('/v1/tasks/:id/file/renew', renew, async (request) => {
    const { seconds } = request.body
    return fileView(await changeFile(deps, tenantOf(request), request.params.id, { kind: 'renew', seconds }))
  })

  app.post('/v1/tasks/:id/file/release', release, async (request) =>
    fileView(await changeFile(deps, tenantOf(request), request.params.id, { kind: 'release' })),
  )
}
