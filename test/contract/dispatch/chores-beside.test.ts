import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Chore } from '#core/dispatch/chore.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startDispatcher } from '#support/builders/dispatcher.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** A chore beside the rounds that is always due, and each run of which ends when and as the test says. */
function heldChore() {
  const runs: PromiseWithResolvers<unknown>[] = []
  let isOver = false
  const chore: Chore = {
    name: 'emptying the storage',
    everyMs: 0,
    beside: true,
    run() {
      if (isOver) return Promise.resolve()
      const run = Promise.withResolvers<unknown>()
      runs.push(run)
      return run.promise
    },
  }
  const letGo = () => {
    isOver = true
    for (const run of runs) run.resolve(null)
  }
  return { chore, runs, letGo }
}

/** A dispatcher with such a chore, which has begun. It counts its rounds. */
async function startWithHeldChore(parts: Parameters<typeof startDispatcher>[1] = {}) {
  const held = heldChore()
  const counts = { rounds: 0 }
  const counting: Chore = {
    name: 'counting',
    everyMs: 0,
    async run() {
      counts.rounds += 1
    },
  }
  const { stop } = await startDispatcher(builder, { chores: { before: [held.chore], after: [counting] }, ...parts })
  onTestFinished(held.letGo)
  await eventually('the chore runs', () => held.runs.length === 1)
  return { ...held, counts, stop }
}

describe('a chore beside the rounds', () => {
  it('keeps no task from being handed out while it hangs, and is not started a second time meanwhile', async () => {
    const taken: string[] = []
    const { runs, counts } = await startWithHeldChore({ task: async ({ taskId }) => void taken.push(taskId) })
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const { id } = await builder.task(session)
    await eventually('the task is handed out', () => taken.includes(id))
    const before = counts.rounds
    await eventually('more rounds have passed', () => counts.rounds >= before + 2)
    expect(runs.length).toBe(1)
    runs[0]!.resolve(null)
    await eventually('it runs again', () => runs.length === 2)
  })

  it('that fails is logged like a step, and tried again', async () => {
    const warnings: object[] = []
    const log = { info() {}, warn: (fields: object) => void warnings.push(fields), error() {} }
    const { runs } = await startWithHeldChore({ log })
    const error = new Error('storage does not answer')
    runs[0]!.reject(error)
    await eventually('it runs again', () => runs.length === 2)
    expect(warnings).toEqual([{ event: 'dispatch.step_failed', what: 'emptying the storage', error }])
  })

  it('that has more to do is soon run again', async () => {
    const { runs } = await startWithHeldChore()
    // Rounds that nobody asks for come once a second: it would take a minute.
    const goOn = () => {
      runs.at(-1)!.resolve('more')
      return runs.length > 60
    }
    await eventually('it has run often', goOn, { withinMs: 20_000, everyMs: 10 })
  })

  it('is no sign of life of the loop', async () => {
    let [signs, looks] = [0, 0]
    const countDispatched = () => {
      looks += 1
      return looks === 1 ? builder.stores.dispatch.countDispatched() : hanging.promise
    }
    const hanging = Promise.withResolvers<number>()
    const { runs } = await startWithHeldChore({
      stores: { dispatch: { ...builder.stores.dispatch, countDispatched } },
      cameRound() {
        signs += 1
      },
    })
    onTestFinished(() => hanging.resolve(0))
    await eventually('the loop hangs', () => looks === 2)
    const before = signs
    runs[0]!.resolve(null)
    await setImmediate()
    expect(signs).toBe(before)
  })

  it('is waited for by a dispatcher that stops, once its slots are withdrawn', async () => {
    const order: string[] = []
    const withdrawSlots = async (workerId: string) => {
      await builder.stores.dispatch.withdrawSlots(workerId)
      order.push('slots withdrawn')
    }
    const { runs, stop } = await startWithHeldChore({
      stores: { dispatch: { ...builder.stores.dispatch, withdrawSlots } },
    })
    const stopped = stop().then(() => order.push('dispatcher ended'))
    await eventually('slots are withdrawn', () => order.includes('slots withdrawn'))
    await setImmediate()
    order.push('chore ended')
    runs[0]!.resolve(null)
    await stopped
    expect(order).toEqual(['slots withdrawn', 'chore ended', 'dispatcher ended'])
  })
})
