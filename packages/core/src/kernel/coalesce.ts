import { outsideRequests } from './request-context.ts'

/**
 * Coalesces calls: `work` never runs twice at once, and any number of calls during a run cause exactly one more run.
 * `work` must not reject; its promise is not awaited. It belongs to no request: it is done for all that asked.
 */
export function coalesce(work: () => Promise<void>): () => void {
  let isRunning = false
  let isAskedAgain = false
  const run = async () => {
    isAskedAgain = isRunning
    if (isRunning) return
    isRunning = true
    await work()
    isRunning = false
    if (isAskedAgain) await run()
  }
  return () => void outsideRequests(run)
}
