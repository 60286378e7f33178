import { AppError, refuseMissingTask } from '@backhaul/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `:id` in its path is a task's. */
    ofTask?: boolean
  }
}

type Answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** The error handler `answer`, which says of a task that has gone that it was there, on every route that is about one task. */
export function answerGoneTasks({ stores }: Pick<ApiDeps, 'stores'>, answer: Answer) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const isMissing = error instanceof AppError && error.code === 'not_found' && request.routeOptions.config.ofTask
    if (!isMissing) return answer(error, request, reply)
    const { id } = request.params as { id: string }
    return (
      refuseMissingTask({ stores }, tenantOf(request), id, error)
        // Without the database nothing is known of the task; then that is the answer.
        .catch((away: unknown) => away)
        .then((refusal) => answer(refusal, request, reply))
        .then(() => reply)
    )
  }
}
