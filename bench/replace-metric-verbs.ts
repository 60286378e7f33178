/** For programs that are loaded before a process (`--import`): they change what its metrics do. */
import { createRequire } from 'node:module'

type Verb = (...given: unknown[]) => unknown

const verbsOf = {
  Counter: ['inc'],
  Gauge: ['inc', 'dec', 'set', 'reset', 'remove'],
  Histogram: ['observe', 'startTimer'],
} as const

/** The library of metrics that the process will get. */
export const client = createRequire(new URL('../packages/core/package.json', import.meta.url))(
  '@platformatic/prom-client',
)

/** Puts what `replace` returns in the place of every verb of every metric that is made from now on. */
export function replaceMetricVerbs(replace: (verb: Verb, name: string) => Verb): void {
  for (const [type, verbs] of Object.entries(verbsOf))
    client[type] = new Proxy(client[type], {
      construct(target, given) {
        // Its constructor needs the verbs as they were.
        const metric: Record<string, Verb> = Reflect.construct(target, given)
        return Object.assign(
          metric,
          Object.fromEntries(verbs.map((name) => [name, replace(metric[name]!.bind(metric), name)])),
        )
      },
    })
}
