import { randomFillSync } from 'node:crypto'
import type { Log } from '../../kernel/log.ts'
import { formatTraceparent, parseTraceparent } from '../../kernel/rules/traceparent.ts'
import { currentTraceparent, outsideSpans, type Span, type SpanAbout, type Tracing } from '../../kernel/tracing.ts'
import { aroundSpans, spanJson } from '../rules/otlp-json.ts'
import { createSpanSender } from './span-sender.ts'

export interface OtlpSettings {
  /** The collector's base URL; `/v1/traces` is added (OpenTelemetry's specification of OTLP exporters). */
  endpoint: string
  /** Sent with each request to the collector. */
  headers: Record<string, string>
  serviceName: string
  version: string
  /** Share of the traces that begin here which are recorded, 0 to 1. Others are recorded as their beginner has decided. */
  ratio: number
  /** How long a span waits for others to be sent with. */
  delayMs: number
}

/** A process that stops does not wait longer for a collector that is away. */
const closingMs = 2_000
/** Trace ids are random, so the last eight digits are a random number below this. */
const traceNumbers = 2 ** 32

/**
 * Sends spans in batches, over OTLP/HTTP as JSON. A collector that is away costs spans and a line in the log, nothing else. OpenTelemetry's
 * own SDK does the same for several times the CPU.
 */
export function createOtlpTracing(settings: OtlpSettings, log: Log): Tracing {
  const { endpoint, headers, serviceName, version, ratio, delayMs } = settings
  const resource = { 'service.name': serviceName, 'service.version': version }
  const sender = createSpanSender({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers,
    delayMs,
    around: aroundSpans(resource, { name: 'backhaul', version }),
    onLost(why) {
      // Neither its stack, which is ours and says nothing, nor the trace of whatever happens to be in hand.
      const error = Object.assign(new Error(why), { stack: undefined })
      outsideSpans(() => log.warn({ event: 'traces.not_sent', error }, 'spans could not be sent to the collector'))
    },
  })
  const isRecorded = (traceId: string) => Number.parseInt(traceId.slice(-8), 16) < ratio * traceNumbers
  return {
    isOn: true,
    begin(about) {
      const { parent = currentTraceparent() } = about
      const context = parseTraceparent(parent)
      const traceId = context?.traceId ?? randomHex(16)
      const spanId = randomHex(8)
      const flags = context?.flags ?? (isRecorded(traceId) ? 1 : 0)
      const traceparent = formatTraceparent({ traceId, spanId, flags })
      if (flags === 0) return { traceparent, set() {}, end() {} }
      return record(about, { traceId, spanId, parentSpanId: context?.spanId ?? null, traceparent }, sender.add)
    },
    close: () => sender.close(closingMs),
  }
}

interface Ids {
  traceId: string
  spanId: string
  parentSpanId: string | null
  traceparent: string
}

/** Only the first end counts. */
function record(about: SpanAbout, { traceparent, ...ids }: Ids, onEnd: (span: string) => void): Span {
  const { name, kind = 'internal', links = [], startMs } = about
  let { attributes = {} } = about
  const [beganMs, beganAt] = [startMs ?? Date.now(), performance.now()]
  let isOver = false
  return {
    traceparent,
    set(more) {
      attributes = { ...attributes, ...more }
    },
    end({ failure = null, atMs } = {}) {
      if (isOver) return
      isOver = true
      // By a clock that nobody sets, where it began now.
      const endMs = atMs ?? (startMs === undefined ? beganMs + performance.now() - beganAt : Date.now())
      const linked = links.map(parseTraceparent).filter((link) => link !== null)
      onEnd(spanJson({ ...ids, name, kind, attributes, links: linked, startMs: beganMs, endMs, failure }))
    },
  }
}

const pool = Buffer.alloc(4_096)
let used = pool.length

/** As many random bytes, taken from a pool: a call of the system for each id costs more than all else of a span. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
