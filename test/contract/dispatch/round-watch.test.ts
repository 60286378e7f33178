import { expect, it, onTestFinished } from 'vitest'
import { createRoundWatch } from '#core/dispatch/round-watch.ts'
import { standstillMs } from '#core/dispatch/rules/standstill.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startDispatcher } from '#support/builders/dispatcher.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** A dispatcher that is watched by a clock which the test sets, and hangs when the test says so. */
async function startWatched() {
  const hanging = Promise.withResolvers<number>()
  const counts = { rounds: 0 }
  let [nowMs, hangs, hasHung] = [0, false, false]
  const watch = createRoundWatch(() => nowMs)
  const countDispatched = () => {
    if (!hangs) return builder.stores.dispatch.countDispatched()
    hasHung = true
    return hanging.promise
  }
  await startDispatcher(builder, {
    stores: { dispatch: { ...builder.stores.dispatch, countDispatched } },
    cameRound() {
      counts.rounds += 1
      watch.cameRound()
    },
  })
  onTestFinished(() => hanging.resolve(0))
  return {
    counts,
    standsStill: watch.standsStill,
    setClock: (ms: number) => {
      nowMs = ms
    },
    async hang() {
      hangs = true
      await eventually('it hangs', () => hasHung)
    },
    goOn: () => {
      hangs = false
      hanging.resolve(0)
    },
  }
}

it('a dispatcher that comes round does not stand still, however long it has been running', async () => {
  const { counts, setClock, standsStill } = await startWatched()
  setClock(100 * standstillMs)
  const before = counts.rounds
  await eventually('it has come round', () => counts.rounds > before)
  expect(standsStill()).toBe(false)
})

it('a dispatcher that hangs stands still after 30 s, until it goes on', async () => {
  const { hang, goOn, setClock, standsStill } = await startWatched()
  await hang()
  setClock(standstillMs)
  expect(standsStill()).toBe(false)
  setClock(standstillMs + 1)
  expect(standsStill()).toBe(true)
  goOn()
  await eventually('it goes on', () => !standsStill())
})

it('a dispatcher that never begins stands still', () => {
  let nowMs = 5
  const { standsStill } = createRoundWatch(() => nowMs)
  nowMs += standstillMs + 1
  expect(standsStill()).toBe(true)
})
