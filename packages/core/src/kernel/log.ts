export interface Log {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** `event` names what happened, for programs, and never changes; the message is for people. */
interface LogFields {
  event: `${string}.${string}`
  [field: string]: unknown
}
