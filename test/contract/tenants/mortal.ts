export class Killed extends Error {}

/** A port of a process that is killed behind so many calls. `killedAt`: how often behind which verb. */
export function mortal<Port extends object>(port: Port, calls: { left: number }, killedAt: Map<string, number>): Port {
  return new Proxy(port, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb)
      if (typeof value !== 'function') return value
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(value, target, given)
        if (calls.left-- > 0) return result
        killedAt.set(String(verb), (killedAt.get(String(verb)) ?? 0) + 1)
        throw new Killed(String(verb))
      }
    },
  })
}
