/** While something is away, hundreds of tasks and requests say so every second. */
const everyMs = 10_000

const warn = 40

/**
 * Decides about each log line before it is written. Of equal lines about a lasting failure one is written in ten
 * seconds, and the next one tells how many were left out. Lines are equal if they have one level and one message (and
 * one `what`, which names the step). They are about a lasting failure if they carry an error and are warnings, or the
 * error says that a server of the service is away. Unexpected errors are written each time, because the request id
 * leads to them.
 */
export function createLogLimit(nowMs: () => number) {
  const lines = new Map<string, { atMs: number; omitted: number }>()
  /** Null: leave it out. Otherwise how many were left out before it. */
  return (level: number, fields: unknown, message: unknown): number | null => {
    const { error, err = error, what = '' } = (fields ?? {}) as { error?: unknown; err?: unknown; what?: unknown }
    if (level < warn || err === undefined || (level > warn && !isAway(err))) return 0
    const key = `${level} ${message} ${what}`
    const line = lines.get(key)
    if (line !== undefined && nowMs() < line.atMs + everyMs) {
      line.omitted++
      return null
    }
    lines.set(key, { atMs: nowMs(), omitted: 0 })
    return line?.omitted ?? 0
  }
}

function isAway(error: unknown): boolean {
  return error instanceof Error && (error.name === 'DatabaseUnavailable' || error.name === 'StorageUnavailable')
}
