import { pino } from 'pino'

export type Logger = ReturnType<typeof createLogger>

/** Structured lines on stdout. Addresses and secrets have no place in them: callers pass ids and names. */
export function createLogger(level: string) {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describe, err: describe },
  })
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return { name, message, stack, ...(code === undefined ? {} : { code }), ...(cause ? { cause: describe(cause) } : {}) }
}
