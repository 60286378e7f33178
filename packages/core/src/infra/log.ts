import { pino } from 'pino'
import { createLogLimit } from './log-limit.ts'

export type Logger = ReturnType<typeof createLogger>

/** Structured lines on stdout. Addresses and secrets have no place in them: callers pass ids and names. */
export function createLogger(level: string) {
  const omittedBefore = createLogLimit(() => performance.now())
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describe, err: describe },
    hooks: {
      logMethod([fields, message, ...rest], write, level) {
        const omitted = omittedBefore(level, fields, message)
        if (omitted === null) return
        // pino takes the fields first: without any there is nothing to count.
        const counted = omitted > 0 ? { ...(fields as unknown as object), omitted } : fields
        write.apply(this, [counted, message, ...rest] as never)
      },
    },
  })
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return { name, message, stack, ...(code === undefined ? {} : { code }), ...(cause ? { cause: describe(cause) } : {}) }
}
