import { expect, it, onTestFinished } from 'vitest'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import { createClaimWatch } from '#core/dispatch/claim-watch.ts'
import { handOutTasks } from '#core/dispatch/hand-out.ts'
import { standstillMs } from '#core/dispatch/rules/standstill.ts'
import { redisAt } from '#core/kernel/redis-place.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startDispatcher } from '#support/builders/dispatcher.ts'
import { makeReady } from '#support/builders/make-due.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const quiet = { info() {}, warn() {}, error() {} }

/** A dispatcher that is watched by a clock which the test sets, and hangs when the test says so. */
async function startWatched() {
  const hanging = Promise.withResolvers<number>()
  const counts = { rounds: 0, claims: 0 }
  let [nowMs, hangs, hasHung, fails] = [0, false, false, false]
  const watch = createClaimWatch(() => nowMs)
  const countDispatched = () => {
    if (!hangs) return builder.stores.dispatch.countDispatched()
    hasHung = true
    return hanging.promise
  }
  const { claimTasks: claim } = builder.stores.dispatch
  const claimTasks: typeof claim = async (free) => {
    if (fails) throw new Error('canceling statement due to statement timeout')
    return claim(free)
  }
  await startDispatcher(builder, {
    stores: { dispatch: { ...builder.stores.dispatch, countDispatched, claimTasks } },
    cameRound() {
      counts.rounds += 1
    },
    couldClaim() {
      counts.claims += 1
      watch.couldClaim()
    },
  })
  onTestFinished(() => hanging.resolve(0))
  return {
    counts,
    standsStill: watch.standsStill,
    setClock: (ms: number) => {
      nowMs = ms
    },
    fail: (does: boolean) => {
      fails = does
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

it('a dispatcher that can claim does not stand still, however long it has been running', async () => {
  const { counts, setClock, standsStill } = await startWatched()
  setClock(100 * standstillMs)
  const before = counts.claims
  await eventually('it has claimed', () => counts.claims > before)
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
  const { standsStill } = createClaimWatch(() => nowMs)
  nowMs += standstillMs + 1
  expect(standsStill()).toBe(true)
})

it('a dispatcher that comes round and cannot claim stands still after 30 s, until it can', async () => {
  const { counts, fail, setClock, standsStill } = await startWatched()
  fail(true)
  const before = counts.rounds
  // Of the rounds that were on their way, none claims any more.
  await eventually('it has come round', () => counts.rounds > before + 8)
  setClock(standstillMs + 1)
  expect(standsStill()).toBe(true)
  fail(false)
  await eventually('it can', () => !standsStill())
})

it('a dispatcher whose queue is away can claim all the same', async () => {
  const queue = await openHintQueue({ redis: redisAt('redis://127.0.0.1:1') }, quiet)
  onTestFinished(() => queue.close())
  const { id } = await builder.task(await builder.session())
  await makeReady(builder.database, id)
  let claims = 0
  const ports = { stores: builder.stores, queue, running: () => 0, takesTasks: () => true, couldClaim: () => claims++ }
  await expect(handOutTasks(ports, { regular: 1, reserve: 0 }, 0)).rejects.toThrow()
  expect(claims).toBe(1)
})
