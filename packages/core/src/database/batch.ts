import { setTimeout as sleep } from 'node:timers/promises'
import { outsideRequests } from '../kernel/request-context.ts'
import { batchDelayMs } from '../kernel/rules/batch-delay.ts'
import { isDatabaseAway } from './database-errors.ts'

/** Calls that share a transaction, at most. */
const mostAtOnce = 64
/** Between two batches of a group; longer when they take longer. */
const leastPauseMs = 10

/**
 * Makes one call of work that is cheaper for many tasks. Calls that arrive while earlier ones of the same `group` run
 * are collected and done together next, each task once. A single call runs immediately. `work` returns results in the
 * order of its items. When a batch fails, each item is done again by itself, so that none fails because of another; but
 * not while the database is away. The work belongs to no request: it is done for all that called.
 */
export function batched<Item extends { taskId: string }, Result>(
  group: (item: Item) => string,
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  interface Call {
    item: Item
    resolve(result: Result): void
    reject(error: unknown): void
  }
  /** By group, while a batch of it runs: the calls that wait for the next one. */
  const waiting = new Map<string, Call[]>()

  const settle = async (calls: readonly Call[]): Promise<void> => {
    try {
      const results = await work(calls.map(({ item }) => item))
      for (const [n, { resolve }] of calls.entries()) resolve(results[n]!)
    } catch (error) {
      if (calls.length === 1 || isDatabaseAway(error)) for (const { reject } of calls) reject(error)
      else for (const call of calls) await settle([call])
    }
  }
  const workOff = async (name: string, calls: Call[]): Promise<void> => {
    while (calls.length > 0) {
      const from = performance.now()
      await settle(calls.splice(0, eachOnce(calls)))
      await sleep(batchDelayMs(performance.now() - from, leastPauseMs))
    }
    waiting.delete(name)
  }
  return (item) =>
    new Promise((resolve, reject) => {
      const name = group(item)
      const call = { item, resolve, reject }
      const others = waiting.get(name)
      if (others) {
        others.push(call)
        return
      }
      const calls = [call]
      waiting.set(name, calls)
      void outsideRequests(() => workOff(name, calls))
    })
}

/** How many of them can be done together. */
function eachOnce(calls: readonly { item: { taskId: string } }[]): number {
  const seen = new Set<string>()
  for (const { item } of calls.slice(0, mostAtOnce)) {
    if (seen.has(item.taskId)) break
    seen.add(item.taskId)
  }
  return seen.size
}
