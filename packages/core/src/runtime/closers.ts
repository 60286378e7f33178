import type { Log } from '../kernel/log.ts'

/** What was opened is closed backwards, and one failure does not spare the rest. */
interface Closers {
  /** Registers the closing of what was just opened, and passes it on. */
  opened<T>(name: string, thing: T, close: (thing: T) => Promise<unknown>): T
  closeAll(): Promise<void>
}

export function createClosers(log: Log): Closers {
  const stack: { name: string; close: () => Promise<unknown> }[] = []
  return {
    opened(name, thing, close) {
      stack.push({ name, close: () => close(thing) })
      return thing
    },
    async closeAll() {
      for (let next = stack.pop(); next; next = stack.pop())
        await next
          .close()
          .catch((error: unknown) =>
            log.error({ event: 'process.close_failed', error }, `could not close: ${next?.name}`),
          )
    },
  }
}
