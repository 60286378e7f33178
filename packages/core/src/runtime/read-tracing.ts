import type { OtlpSettings } from '../operations/opentelemetry/otlp-tracing.ts'
import type { SettingValues } from './settings.ts'

export type TracingSettings = Omit<OtlpSettings, 'version'>

/** The settings of traces; `endpoint` null: there is none, or it is wrong. What is wrong with the others goes to `errors`. */
export function readTracing(
  values: SettingValues,
  endpoint: string | null,
  usualName: string,
  errors: string[],
): TracingSettings | null {
  const { OTEL_EXPORTER_OTLP_HEADERS: given, OTEL_SERVICE_NAME: serviceName = usualName } = values
  const headers = given === undefined ? {} : readPairs(given)
  // Never the text: it has a token in it.
  if (headers === null)
    errors.push('OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs, comma-separated, with values percent-encoded')
  if (endpoint?.endsWith('/v1/traces')) errors.push('OTEL_EXPORTER_OTLP_ENDPOINT: leave /v1/traces out, which is added')
  if (endpoint === null) return null
  const { OTEL_TRACES_SAMPLER_ARG: ratio, OTEL_BSP_SCHEDULE_DELAY: delayMs } = values
  return { endpoint, headers: headers ?? {}, serviceName, ratio, delayMs }
}

/** As W3C Baggage writes them, without properties. Null: it is none of that, or no header may have such a value. */
function readPairs(text: string): Record<string, string> | null {
  const pairs = text.split(',').map((pair) => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(pair))
  try {
    const headers = pairs.map((pair) => [pair![1]!, decodeURIComponent(pair![2]!)] as const)
    return headers.every(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) ? Object.fromEntries(headers) : null
  } catch {
    return null
  }
}
