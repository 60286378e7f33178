/** Why `fetch` failed: the message of the error's cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  // Both addresses of a name were tried.
  const inner = cause instanceof AggregateError ? cause.errors.at(-1) : cause
  if (!(inner instanceof Error)) return error.message
  return inner.message || ((inner as NodeJS.ErrnoException).code ?? error.message)
}
