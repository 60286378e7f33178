import type { TraceParent } from '../../kernel/rules/traceparent.ts'

/*
 * Spans as OTLP's JSON (opentelemetry-proto, trace.proto and "JSON Protobuf Encoding" of the specification of OTLP). Text is put
 * together by hand: a file has ten spans, and building objects for JSON.stringify costs several times as much.
 */

export interface EndedSpan {
  name: string
  kind: keyof typeof kinds
  attributes: Attributes
  traceId: string
  spanId: string
  parentSpanId: string | null
  links: readonly TraceParent[]
  /** Unix ms, with fractions. */
  startMs: number
  endMs: number
  failure: string | null
}

type Attributes = Readonly<Record<string, string | number | boolean>>

/** SpanKind. */
const kinds = { internal: 1, server: 2, client: 3 }
/** Status.StatusCode. */
const statusError = 2

export function spanJson(span: EndedSpan): string {
  const { traceId, spanId, parentSpanId, name, kind, attributes, links, startMs, endMs, failure } = span
  const parent = parentSpanId === null ? '' : `"parentSpanId":"${parentSpanId}",`
  const linked =
    links.length === 0
      ? ''
      : `,"links":[${links.map((link) => `{"traceId":"${link.traceId}","spanId":"${link.spanId}"}`).join()}]`
  const status = failure === null ? '' : `,"status":{"code":${statusError},"message":${JSON.stringify(failure)}}`
  return `{"traceId":"${traceId}","spanId":"${spanId}",${parent}"flags":1,"name":${JSON.stringify(name)},"kind":${kinds[kind]},"startTimeUnixNano":"${nanoseconds(startMs)}","endTimeUnixNano":"${nanoseconds(Math.max(startMs, endMs))}","attributes":${attributesJson(attributes)}${linked}${status}}`
}

/** What an ExportTraceServiceRequest has before and after its spans, which are texts of {@link spanJson} with commas between them. */
export function aroundSpans(resource: Attributes, scope: { name: string; version: string }) {
  const before = `{"resourceSpans":[{"resource":{"attributes":${attributesJson(resource)}},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[`
  return { before, after: ']}]}]}' }
}

function attributesJson(attributes: Attributes): string {
  let text = ''
  for (const key of Object.keys(attributes)) {
    if (text !== '') text += ','
    text += `{"key":${JSON.stringify(key)},"value":{${valueJson(attributes[key]!)}}}`
  }
  return `[${text}]`
}

function valueJson(value: string | number | boolean): string {
  if (typeof value === 'string') return `"stringValue":${JSON.stringify(value)}`
  if (typeof value === 'boolean') return `"boolValue":${value}`
  return Number.isSafeInteger(value) ? `"intValue":${value}` : `"doubleValue":${JSON.stringify(value)}`
}

/** Decimal: a number could not hold so many. True to a microsecond. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms)
  const microseconds = Math.floor((ms - whole) * 1000)
  return `${whole}${String(microseconds).padStart(3, '0')}000`
}
