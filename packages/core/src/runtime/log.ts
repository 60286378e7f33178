import { type LoggerOptions, pino } from 'pino'
import { currentTraceId } from '../kernel/tracing.ts'
import { createLogLimit } from './log-limit.ts'

export type Logger = Awaited<ReturnType<typeof createLogger>>

/** Lines that could not be written are kept up to so many bytes, for when the disk has room again; then new ones are dropped. */
const keptBytes = 1024 * 1024

interface LogOptions {
  /** For a person at a terminal, not for programs. */
  pretty?: boolean
  /** A file; without one, stdout. */
  path?: string
}

/**
 * Structured lines, each with a stable `event`. Addresses and secrets have no place in them: callers pass ids and names.
 * A line that cannot be written (a full disk, a closed pipe) is no reason to end: it is lost, and that is all.
 */
export async function createLogger(level: string, { pretty = false, path }: LogOptions = {}) {
  const destination = pino.destination({ dest: path ?? 1, sync: true, maxLength: keptBytes })
  destination.on('error', () => {})
  const omittedBefore = createLogLimit(() => performance.now())
  const options: LoggerOptions = {
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
    mixin: fieldsOfEachLine,
  }
  return pino(options, pretty ? await readable(destination) : destination)
}

/** A new object each time: pino writes into it. */
function fieldsOfEachLine(): object {
  // For libraries that write to this log, above all Fastify. Every call of ours names its own event.
  const event = 'library'
  const traceId = currentTraceId()
  return traceId === null ? { event } : { event, traceId }
}

async function readable(destination: { write(text: string): unknown }) {
  // Most processes write for programs, and start sooner without it.
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory({ colorize: true, ignore: 'event', singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line: string) => void destination.write(format(line)) }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return { name, message, stack, ...(code === undefined ? {} : { code }), ...(cause ? { cause: describe(cause) } : {}) }
}
