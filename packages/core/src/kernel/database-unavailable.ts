/** Whether an error says that the database is away, by the name that its adapter gives it. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && error.name === 'DatabaseUnavailable'
}

/**
 * The database could not be reached or went away: an internal error, never a task's or a tenant's. Says nothing about
 * where it is.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  constructor(cause: unknown, message = 'The database is not available') {
    super(message, { cause })
  }
}
