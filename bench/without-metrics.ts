/**
 * Loaded before a process (`--import`), it makes every metric do nothing: what is left is the process without metrics, which no
 * setting can have. Calls are still wrapped and timed.
 */
import { createRequire } from 'node:module'

const client = createRequire(new URL('../packages/core/package.json', import.meta.url))('@platformatic/prom-client')
for (const metric of [client.Counter, client.Gauge, client.Histogram])
  for (const verb of ['inc', 'dec', 'set', 'observe', 'reset', 'remove'])
    if (verb in metric.prototype) metric.prototype[verb] = () => {}
client.Histogram.prototype.startTimer = () => () => 0
client.collectDefaultMetrics = () => {}
