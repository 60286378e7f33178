import type { Runtime } from '#core/runtime/runtime.ts'
import type { Stores } from '#core/runtime/stores.ts'
import type { SourceResponse } from '#transfer/source/source.ts'
import type { Writing } from '#transfer/storage/object-store.ts'

/** The ports, beside the stores, on which a worker's crash can leave something half done. */
const tapped = ['objects', 'source', 'sender', 'queue'] as const

/** Named in a test, so that the compiler finds a verb that has another name by now. */
export type TappedVerb =
  | { [Room in keyof Stores]: `stores.${Room}.${keyof Stores[Room] & string}` }[keyof Stores]
  | { [Port in (typeof tapped)[number]]: `${Port}.${keyof Runtime[Port] & string}` }[(typeof tapped)[number]]
/** Only bytes on their way into storage have a middle. */
type Moment = `${'before' | 'after'} ${TappedVerb}` | `during objects.${keyof Runtime['objects'] & string}`
/** `:n`: when a worker comes there for the n-th time. */
export type Failpoint = Moment | `${Moment}:${number}`

/**
 * The runtime with wrapped ports: `reach` is called with every point's name, `<before|during|after> <port>.<verb>`, before
 * anything that comes behind it happens. A store is called `stores.<room>`. Calls that found nothing to do (false, null, 0,
 * no rows) have no `after`.
 */
export function withFailpoints(runtime: Runtime, reach: (point: string) => void): Runtime {
  const ports = tapped.map((name) => [name, tap(name, runtime[name], reach)])
  const stores = Object.entries(runtime.stores).map(([room, store]) => [room, tap(`stores.${room}`, store, reach)])
  return { ...runtime, ...Object.fromEntries(ports), stores: Object.fromEntries(stores) }
}

function tap<Port extends object>(name: string, port: Port, reach: (point: string) => void): Port {
  return new Proxy(port, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb)
      if (typeof value !== 'function') return value
      const call = `${name}.${String(verb)}`
      return (...given: unknown[]) => {
        reach(`before ${call}`)
        const result: unknown = Reflect.apply(value, target, given)
        if (isWriting(result)) return tapWriting(call, result, announcedBytes(given), reach)
        if (!(result instanceof Promise)) return result
        return result.then((found: unknown) => {
          if (didSomething(found)) reach(`after ${call}`)
          return isResponse(found) ? tapResponse(name, found, reach) : found
        })
      }
    },
  })
}

function didSomething(result: unknown): boolean {
  return result === undefined || (Boolean(result) && !(Array.isArray(result) && result.length === 0))
}

/** `during`: half of the bytes are on their way into storage. */
function tapWriting(call: string, writing: Writing, announced: number, reach: (point: string) => void): Writing {
  let written = 0
  const stored = writing.stored.then((receipt) => {
    reach(`after ${call}`)
    return receipt
  })
  // A call that was aborted reaches no point.
  stored.catch(() => {})
  return {
    stored,
    write(bytes, release) {
      const before = written
      written += bytes.byteLength
      writing.write(bytes, release)
      if (before < announced / 2 && written >= announced / 2) reach(`during ${call}`)
    },
    abort: () => writing.abort(),
  }
}

/** `during`: bytes of the body have arrived and were not handed over yet. */
function tapResponse(name: string, response: SourceResponse, reach: (point: string) => void): SourceResponse {
  return {
    ...response,
    read: (consumer) =>
      response.read((bytes, release) => {
        reach(`during ${name}.read`)
        consumer(bytes, release)
      }),
  }
}

/** `openObject(object, bytes)`, `openPart(upload, { bytes })`. */
function announcedBytes([, size]: unknown[]): number {
  return typeof size === 'number' ? size : (size as { bytes: number }).bytes
}

function isWriting(result: unknown): result is Writing {
  return typeof result === 'object' && result !== null && 'stored' in result && 'write' in result
}

function isResponse(result: unknown): result is SourceResponse {
  return typeof result === 'object' && result !== null && 'discard' in result && 'read' in result
}
