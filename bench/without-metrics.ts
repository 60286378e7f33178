/**
 * Loaded before a process (`--import`), it makes every metric do nothing: what is left is the process without metrics, which no
 * setting can have. Calls are still made.
 */
import { client, replaceMetricVerbs } from './replace-metric-verbs.ts'

const nothing = () => {}
replaceMetricVerbs((_verb, name) => (name === 'startTimer' ? () => nothing : nothing))
client.collectDefaultMetrics = nothing
