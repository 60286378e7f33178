import { number, text, whole } from './setting.ts'

/** The rows of the settings' table about traces; their names are OpenTelemetry's. */
export const tracingRows = {
  OTEL_EXPORTER_OTLP_ENDPOINT: text({
    description: 'Collector of OpenTelemetry that traces are sent to, over OTLP/HTTP as JSON; `/v1/traces` is added',
    expected: 'an http(s) URL without user, query or fragment',
    absent: 'no traces',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: text({
    description: 'Sent with each request to it',
    expected: 'name=value pairs, comma-separated, with values percent-encoded',
    secret: true,
    absent: 'none',
  }),
  OTEL_SERVICE_NAME: text({
    description: 'Name of this process in traces',
    expected: 'a name',
    absent: '`backhaul-api`, `backhaul-worker` or `backhaul-standalone`',
  }),
  OTEL_TRACES_SAMPLER_ARG: number({
    description: 'Share of the traces that begin here which are recorded; of others, whoever began them has decided',
    expected: 'a number from 0 to 1',
    minimum: 0,
    maximum: 1,
    default: 1,
  }),
  OTEL_BSP_SCHEDULE_DELAY: whole({
    description: 'How long a span waits for others that are sent with it',
    expected: 'a whole number from 1 to 60000',
    unit: 'ms',
    minimum: 1,
    maximum: 60_000,
    default: 5_000,
  }),
}
