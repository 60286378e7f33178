/**
 * Loaded before a process (`--import`), it makes every metric do nothing: what is left is the process without metrics, which no
 * setting can have. Calls are still wrapped and timed.
 */
import { createRequire } from 'node:module'

const client = createRequire(new URL('../packages/core/package.json', import.meta.url))('@platformatic/prom-client')

/** The class with these verbs of each metric replaced, once it is made: its constructor needs them. */
function silenced<Class extends new (...given: never[]) => object>(
  metric: Class,
  verbs: Record<string, () => unknown>,
) {
  return new Proxy(metric, {
    construct: (target, given) => Object.assign(Reflect.construct(target, given), verbs),
  })
}

const nothing = () => {}
client.Counter = silenced(client.Counter, { inc: nothing })
client.Gauge = silenced(client.Gauge, { inc: nothing, dec: nothing, set: nothing, reset: nothing, remove: nothing })
client.Histogram = silenced(client.Histogram, { observe: nothing, startTimer: () => nothing })
client.collectDefaultMetrics = nothing
