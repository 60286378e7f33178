/** What is done with the result of some of a port's verbs. */
export type OnResult<Port> = {
  [Verb in keyof Port]?: Port[Verb] extends (...given: infer Given) => Promise<infer Result>
    ? (result: Result, ...given: Given) => void
    : never
}

/** A call that has ended. */
export interface EndedCall {
  verb: string
  durationMs: number
  /** Undefined: it succeeded. */
  error: unknown
}

/**
 * The port, each of whose asynchronous verbs reports its end. Callers get the very results and errors that they would get of
 * the port itself.
 */
export function observeCalls<Port extends object>(
  port: Port,
  onEnd: (call: EndedCall) => void,
  onResult: OnResult<Port> = {},
): Port {
  const verbs = Object.entries(port).map(([verb, call]: [string, unknown]) => {
    if (typeof call !== 'function') return [verb, call]
    const counted = onResult[verb as keyof Port] as ((...args: unknown[]) => void) | undefined
    const observed = (...given: unknown[]) => {
      const beganAt = performance.now()
      const result: unknown = Reflect.apply(call, port, given)
      if (!(result instanceof Promise)) return result
      const end = (error: unknown) => onEnd({ verb, durationMs: performance.now() - beganAt, error })
      result.then(
        (value) => {
          end(undefined)
          counted?.(value, ...given)
        },
        (error) => end(error ?? new Error('it failed')),
      )
      return result
    }
    return [verb, observed]
  })
  return Object.fromEntries(verbs)
}
