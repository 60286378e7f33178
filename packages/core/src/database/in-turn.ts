import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'

/**
 * Runs all works one after the other. One that fails does not keep later ones from being tried, unless the database is
 * away. Throws the first error when all were tried.
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
