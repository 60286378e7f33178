import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import { batchDelayMs } from '../kernel/rules/batch-delay.ts'
import { createWakeup } from '../kernel/wakeup.ts'
import type { Chore, Chores } from './chore.ts'
import { type HandOutPorts, handOutDeliveryLanes, handOutTasks } from './hand-out.ts'
import type { WorkerSlots } from './rules/capacity.ts'
import { isChoreDue } from './rules/chore-timing.ts'
import { pollMs } from './rules/standstill.ts'

export interface DispatchPorts extends HandOutPorts {
  chores: Chores
  announcer: Announcer
  log: Log
  nowMs(): number
  workerId: string
  /** Called after each step and round, whether or not the database answered: the loop lives. */
  cameRound(): void
  /** Calls back whenever a slot has become free. */
  onSlotFreed(listener: () => void): void
  /** Calls back whenever a delivery lane that sent something has ended, so that its slot is free. */
  onDeliveryLaneSent(listener: () => void): void
}

/** Delay before looking again for work that another dispatcher had locked or that a round did not come to. */
const lookAgainMs = 25
/** Slots that become free within this time, at least, and delivery lanes that end, are followed up in one round. */
const leastBatchDelayMs = 20

/*
 * The rounds of the loop:
 *
 * - Whole: after announced work, at the next due time, or a second after the last one. Chores before, claims, delivery
 *   lanes, chores after; then it asks when the next thing is due.
 * - Slots only: slots have become free. It claims tasks.
 * - Delivery lanes only: delivery lanes that sent something have ended. It hands out delivery lanes that are due.
 * - Looking again: something was left over. The next round comes in 25 ms, and is whole unless a slot or delivery lane
 *   asked for it.
 * - Database away: asking for the tasks that are already handed out failed. Nothing else is tried for a second.
 * - Stopping: the loop ends after the round in hand. The dispatcher ends when the chores beside the rounds have ended.
 */

/** Why a round begins: announced work, free slots, ended delivery lanes. A round that nothing asked for is whole. */
type Why = 'work' | 'slots' | 'deliveryLanes'

const all: ReadonlySet<Why> = new Set(['work'] as const)

/** Finds what is due and hands it out, until `stopping`. Any number of processes may do this at once. */
export async function dispatch(ports: DispatchPorts, workerSlots: WorkerSlots, stopping: AbortSignal): Promise<void> {
  const { stores, chores, announcer, log, nowMs } = ports
  const wakeup = createWakeup<Why>()
  const unlisten = announcer.on('work', () => wakeup.notify('work'))
  let tookMs = 0
  const soonMs = () => batchDelayMs(tookMs, leastBatchDelayMs)
  ports.onSlotFreed(() => wakeup.notifyAfter('slots', soonMs()))
  ports.onDeliveryLaneSent(() => wakeup.notifyAfter('deliveryLanes', soonMs()))
  /** A free slot only affects which tasks may begin; an ended delivery lane only which deliveries may be sent. */
  let why: ReadonlySet<Why> = all
  /** Handed out since the last whole round: most of them still wait in the queue, and need not be added again. */
  const handedOut = new Set<string>()
  const ranAt = new Map<Chore, number>()
  let outageAt: number | null = null
  let lookAt = 0
  /** One that fails does not keep the others from running. */
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      log.warn({ event: 'dispatch.step_failed', what, error }, 'a step of the dispatcher failed; it is tried again')
      return null
    }
  }
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    const result = await attempt(what, work)
    // A database that hangs makes each step long, but the loop goes on.
    ports.cameRound()
    return result
  }
  /** The chores beside the rounds that run at this moment. Nothing that they do is a sign of life of the loop. */
  const beside = new Map<Chore, Promise<void>>()
  const runBeside = async (chore: Chore): Promise<void> => {
    const found = await attempt(chore.name, chore.run)
    beside.delete(chore)
    if (found === 'more') wakeup.notifyAfter('work', lookAgainMs)
  }
  /** Returns whether one of them has more to do. Those beside the rounds say so when they have ended. */
  const run = async (list: readonly Chore[]): Promise<boolean> => {
    let hasMore = false
    for (const chore of list) {
      if (beside.has(chore) || !isChoreDue(chore, ranAt.get(chore), outageAt, nowMs())) continue
      ranAt.set(chore, nowMs())
      if (chore.beside) beside.set(chore, runBeside(chore))
      else if ((await step(chore.name, chore.run)) === 'more') hasMore = true
    }
    return hasMore
  }
  while (!stopping.aborted) {
    const beganMs = performance.now()
    const isWhole = why.has('work')
    if (isWhole) handedOut.clear()
    const dispatched = await step('asking the database', stores.dispatch.countDispatched)
    const handOut = async () =>
      (await step('handing out tasks', () => handOutTasks(ports, workerSlots, dispatched!))) ?? false
    let hasMore = false
    if (dispatched === null) {
      outageAt = nowMs()
      lookAt = nowMs() + pollMs
    } else if (!isWhole) {
      if (why.has('slots')) hasMore = await handOut()
      if (why.has('deliveryLanes'))
        await step('handing out delivery lanes', () => handOutDeliveryLanes(ports, handedOut))
      tookMs = performance.now() - beganMs
    } else {
      const more = [await run(chores.before), await handOut()]
      await step('handing out delivery lanes', () => handOutDeliveryLanes(ports, handedOut))
      more.push(await run(chores.after))
      hasMore = more.includes(true)
      lookAt = nowMs() + pollMs
      const dueInMs = await step('planning', stores.dispatch.nextDueInMs)
      lookAt = nowMs() + Math.min(pollMs, dueInMs ?? pollMs)
    }
    ports.cameRound()
    if (hasMore) lookAt = Math.min(lookAt, nowMs() + lookAgainMs)
    const reasons = await wakeup.wait(Math.min(Math.max(lookAt - nowMs(), 0), pollMs), stopping)
    why = reasons.size === 0 ? all : reasons
  }
  unlisten()
  await step('withdrawing slots', () => stores.dispatch.withdrawSlots(ports.workerId))
  // Last, because the process does not wait for ever.
  await Promise.all(beside.values())
}
