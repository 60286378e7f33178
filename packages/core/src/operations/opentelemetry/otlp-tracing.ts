import { DiagLogLevel, diag, ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Log } from '../../kernel/log.ts'
import { formatTraceparent, parseTraceparent } from '../../kernel/rules/traceparent.ts'
import { currentTraceparent, outsideSpans, type Tracing } from '../../kernel/tracing.ts'
import { exportFailure } from '../rules/export-failure.ts'

export interface OtlpSettings {
  /** The collector's base URL; `/v1/traces` is added (OpenTelemetry's specification of OTLP exporters). */
  endpoint: string
  /** Sent with each request to the collector. */
  headers: Record<string, string>
  serviceName: string
  version: string
  /** Share of the traces that begin here which are recorded, 0 to 1. Others are recorded as their beginner has decided. */
  ratio: number
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT }
/** A process that stops does not wait longer for a collector that is away. */
const closingMs = 2_000

/** Sends spans in batches, over OTLP/HTTP as JSON. A collector that is away costs spans and a line in the log, nothing else. */
export function createOtlpTracing(settings: OtlpSettings, log: Log): Tracing {
  const say = (said: string) => {
    // Neither its stack, which is ours and says nothing, nor the trace of whatever happens to be in hand.
    const error = Object.assign(new Error(exportFailure(said)), { stack: undefined })
    outsideSpans(() => log.warn({ event: 'traces.not_sent', error }, 'spans could not be sent to the collector'))
  }
  diag.setLogger({ error: say, warn: say, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN)
  const { endpoint, headers, serviceName, version, ratio } = settings
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, headers })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('backhaul', version)
  return {
    isOn: true,
    begin({ name, kind = 'internal', parent = currentTraceparent(), links = [], attributes = {}, startMs }) {
      const options = {
        kind: kinds[kind],
        attributes,
        links: links.map(spanContextOf).flatMap((context) => (context === null ? [] : { context })),
        ...(startMs !== undefined && { startTime: new Date(startMs) }),
      }
      const context = spanContextOf(parent)
      const span = tracer.startSpan(name, options, context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT)
      const { traceId, spanId, traceFlags } = span.spanContext()
      return {
        traceparent: formatTraceparent({ traceId, spanId, flags: traceFlags }),
        set: (more) => void span.setAttributes(more),
        end({ failure, atMs } = {}) {
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
          span.end(atMs === undefined ? undefined : new Date(atMs))
        },
      }
    },
    async close() {
      const late = new Promise<void>((resolve) => void setTimeout(resolve, closingMs).unref())
      await Promise.race([provider.shutdown().catch(() => {}), late])
      diag.disable()
    },
  }
}

function spanContextOf(traceparent: string | null): SpanContext | null {
  const given = parseTraceparent(traceparent)
  return given && { traceId: given.traceId, spanId: given.spanId, traceFlags: given.flags, isRemote: true }
}
