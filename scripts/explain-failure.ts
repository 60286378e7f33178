import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'

/** What an operator is told of an error of a script: with what the database said, and what to do where it has no tables yet. */
export function explainFailure(error: unknown): string {
  const { message, code } = error as Error & { code?: unknown }
  if (code === '42P01') return `The database has no tables of this version (${message}): run "npm run migrate" first.`
  if (!(error instanceof DatabaseUnavailable)) return message
  const cause = error.cause as (Error & { code?: string }) | undefined
  const reason = cause?.message || cause?.code
  return reason === undefined || message.includes(reason) ? message : `${message}: ${reason}`
}
