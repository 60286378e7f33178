import type { Log } from '../kernel/log.ts'

/** Closes resources in reverse order of opening; a failure does not keep the others from being closed. */
interface Closers {
  /** Registers the closing of a resource that was just opened, and returns the resource. */
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
