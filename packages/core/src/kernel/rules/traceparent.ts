/** W3C Trace Context §3.2: version, trace id, id of the parent span, flags. Ids of zeros only are none. */
const form = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export interface TraceParent {
  traceId: string
  spanId: string
  /** 1: sampled. */
  flags: number
}

/**
 * Null: it is none. Of later versions only the members of this one are read (§4.3), and anything malformed counts as absent:
 * a header that is only there for observers must not fail a request.
 */
export function parseTraceparent(text: string | null | undefined): TraceParent | null {
  const [, version, traceId, spanId, flags, more] = form.exec(text ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null
  return { traceId: traceId!, spanId: spanId!, flags: Number.parseInt(flags!, 16) & 1 }
}

export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-0${flags & 1}`
}
