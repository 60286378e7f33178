import { AsyncLocalStorage } from 'node:async_hooks'
import { parseTraceparent } from './rules/traceparent.ts'

export interface SpanAbout {
  /** Without ids: spans of one kind share it. */
  name: string
  /** Default `internal`. `server`: it answers a request; `client`: it waits for another server. */
  kind?: 'internal' | 'server' | 'client'
  /** The W3C traceparent of what it belongs to; null: it begins a trace of its own. Absent: the current span. */
  parent?: string | null
  /** The traceparents of others that it is about without being a part of them. */
  links?: readonly string[]
  /** Neither secrets nor URLs with a query. */
  attributes?: Readonly<Record<string, string | number | boolean>>
  /** Unix ms; absent: now. */
  startMs?: number
}

export interface Span {
  /** For others to go on with (W3C Trace Context); null: there is no trace. */
  readonly traceparent: string | null
  set(attributes: NonNullable<SpanAbout['attributes']>): void
  /** `failure`: the name of what went wrong. `atMs`: Unix ms; absent: now. */
  end(how?: { failure?: string; atMs?: number }): void
}

/** Where the spans of a process go. */
export interface Tracing {
  /** False: nothing is recorded. What came with a traceparent is passed on with it all the same. */
  readonly isOn: boolean
  begin(about: SpanAbout): Span
  /** Sends what is left, or gives up soon. */
  close(): Promise<void>
}

const spans = new AsyncLocalStorage<Span | null>()

/** The traceparent that the work in hand belongs to; null: none. */
export function currentTraceparent(): string | null {
  return spans.getStore()?.traceparent ?? null
}

/** The id of the trace that the work in hand belongs to; null: none. */
export function currentTraceId(): string | null {
  return parseTraceparent(currentTraceparent())?.traceId ?? null
}

/** Calls `work`; the spans that it begins belong to this one. */
export function within<T>(span: Span, work: () => T): T {
  // Most work has no trace, and entering a context costs something.
  return span.traceparent === currentTraceparent() ? work() : spans.run(span, work)
}

/** Calls `work` for no span. */
export function outsideSpans<T>(work: () => T): T {
  return currentTraceparent() === null ? work() : spans.run(null, work)
}

/** A span around `work`. It ends with it; a rejection is a failure of the span, and is passed on. */
export async function inSpan<T>(tracing: Tracing, about: SpanAbout, work: (span: Span) => Promise<T>): Promise<T> {
  const span = tracing.begin(about)
  try {
    const result = await within(span, () => work(span))
    span.end()
    return result
  } catch (error) {
    span.end({ failure: error instanceof Error ? error.name : 'Error' })
    throw error
  }
}

const passedOn = (traceparent: string | null): Span => ({ traceparent, set() {}, end() {} })
const none = passedOn(null)

/** Records nothing. */
export const withoutTracing: Tracing = {
  isOn: false,
  begin({ parent = currentTraceparent() }) {
    return parent === null ? none : passedOn(parent)
  },
  async close() {},
}
