import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'

/**
 * SQLSTATE: connection exceptions, shutdowns, insufficient resources (disk, memory, connections), system errors under
 * the server, an idle session's timeout, a standby, statement and lock timeouts (Appendix A of PostgreSQL's manual).
 */
const sqlStates = /^(08...|53...|57P0.|58...|25P0[34]|25006|55P03|57014)$/
const socketErrors = /^(ECONN\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/
/** SQLSTATE: login refused, or no such database. Only an operator can mend that. */
const refusals = /^(28...|3D000)$/
/** Prisma's: refused, unreachable, not there, timed out, closed, no free connection. */
const prismaErrors = /^(P1000|P1001|P1002|P1003|P1008|P1011|P1017|P2024|P2037)$/
const awayCodes = [sqlStates, refusals, socketErrors, prismaErrors]
/** pg has no codes for its own failures. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying|timeout expired|Query read timeout|Client has encountered|Client was closed)/

/** A migration has changed the table that a connection's prepared statement reads. On a new connection it will do. */
const outdatedPlan = 'cached plan must not change result type'

/** Whether `error` means that the database is away. A refusal of the statement does not. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true
  if (!(error instanceof Error)) return false
  if (error.message === outdatedPlan) return true
  const codes = codesOf(error)
  if (codes.length === 0) return driverMessages.test(error.message)
  return awayCodes.some((pattern) => codes.some((code) => pattern.test(code)))
}

/** SQLSTATE, Node's or Prisma's code; with Prisma's own, also the SQLSTATE that it stands for. */
function codesOf(error: Error): string[] {
  const { code, meta } = error as { code?: unknown; meta?: PrismaMeta }
  if (typeof code !== 'string') return []
  const behind = meta?.driverAdapterError?.cause?.originalCode
  return behind === undefined ? [code] : [code, behind]
}

/** The server's error when it refuses the connection for good, so that waiting is of no use. */
export function refusalOf(error: unknown): unknown {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error
  return refusals.test(String((cause as { code?: unknown }).code)) ? cause : null
}

/** Where Prisma keeps the SQLSTATE of errors for which it has no code. */
interface PrismaMeta {
  driverAdapterError?: { cause?: { originalCode?: string } }
}

/** `error`, or {@link DatabaseUnavailable} in its place. */
export function mapDatabaseError(error: unknown): unknown {
  return isDatabaseAway(error) && !(error instanceof DatabaseUnavailable) ? new DatabaseUnavailable(error) : error
}

/** For `.catch`: the one way in which failures of plain SQL and of Prisma's client reach callers. */
export function throwDatabaseError(error: unknown): never {
  throw mapDatabaseError(error)
}

/** Two transactions conflicted; trying again succeeds (SQLSTATE class 40). */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && /^(40001|40P01)$/.test(String((error as { code?: unknown }).code))
}
