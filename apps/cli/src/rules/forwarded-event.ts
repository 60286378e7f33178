import { oneLine, plainJson } from './plain-text.ts'

/** The outcome of forwarding a delivery. */
export interface ForwardedEvent {
  time: Date
  type: string
  eventId: string
  deliveryId: string
  attempt: number
  /** Null: the event belongs to no session. */
  session: string | null
  /** Null: the target did not answer. */
  status: number | null
  error: string | null
  durationMs: number
}

/** The line for people. */
export function textLine({ time, type, session, status, error, durationMs }: ForwardedEvent): string {
  const clock = time.toTimeString().slice(0, 8)
  const outcome = status === null ? `no answer: ${oneLine(error ?? '')}` : String(status)
  return `${clock}  ${type.padEnd(30)}  ${(session ?? '-').padEnd(20)}  ${outcome}  ${Math.round(durationMs)} ms`
}

/** The line for programs (JSON). */
export function jsonLine(event: ForwardedEvent): string {
  return plainJson({ ...event, durationMs: Math.round(event.durationMs) })
}
