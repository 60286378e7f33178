import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'

/**
 * Does all of it, one after the other. What fails keeps nothing that comes behind it from being tried, unless the database is
 * away. Throws the first failure when all was tried.
 */
export async function inTurn(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const work of works) {
    await work().catch((error: unknown) => {
      if (error instanceof DatabaseUnavailable) throw error
      failures.push(error)
    })
  }
  if (failures.length > 0) throw failures[0]
}
