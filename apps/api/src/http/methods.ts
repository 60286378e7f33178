import { AppError } from '@backhaul/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from './problems.ts'

/** Handles requests without a route: 405 with Allow where the path takes other methods (RFC 9110 §15.5.6), otherwise 404. */
export function refuseUnknown(app: FastifyInstance): void {
  const byPattern = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = byPattern.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    for (const each of [method].flat()) known.methods.add(each)
    byPattern.set(url, known)
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request.url)
    const allowed = byPattern
      .values()
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => methods)
      .toArray()
    if (allowed.length === 0) throw new AppError('not_found', 'There is nothing at this address.')
    reply.header('allow', allowed.toSorted().join(', '))
    throw new AppError('method_not_allowed', `This address takes ${allowed.toSorted().join(', ')}.`)
  })
}

function patternOf(url: string): RegExp {
  const segments = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').split('/')
  return new RegExp(`^${segments.map((segment) => (segment.startsWith(':') ? '[^/]+' : segment)).join('/')}$`)
}
