/**
 * Loaded before a process (`--import`), it times every call of a metric, and keeps the sum in the file `METRICS_TIMES/pid`: milliseconds
 * since the start. The timing itself is in the sum: it is an upper bound.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceMetricVerbs } from './replace-metric-verbs.ts'

const everyMs = 500
const file = join(process.env.METRICS_TIMES!, `${process.pid}`)
let sumMs = 0

replaceMetricVerbs((verb, name) => (...given) => {
  const beganAt = performance.now()
  const result = verb(...given)
  sumMs += performance.now() - beganAt
  return name === 'startTimer' ? timed(result as () => unknown) : result
})

function timed(end: () => unknown) {
  return () => {
    const beganAt = performance.now()
    end()
    sumMs += performance.now() - beganAt
  }
}

setInterval(() => writeFileSync(file, `${sumMs}`), everyMs).unref()
