import { expect, it } from 'vitest'
import { attemptDelaysSeconds, mostUnansweredAttempts } from '#core/deliveries/rules/retry-schedule.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { aResponse, made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const lanes = createLanes(builder)

/** A stream endpoint with a wake to tell of, and what may become of the delivery at its head. */
async function woken() {
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const endpoint = made(await builder.stores.endpoints.createEndpoint(tenantId, { url: null, eventTypes: [], secret }))
  const created = await builder.session(tenantId, { delegate: { endpointId: endpoint.id } })
  const session = await lanes.woken({ ...created, endpointId: endpoint.id, secret })
  const take = async () => (await lanes.take(session))!
  const claim = async (deliveryId: string) => {
    const claimed = await builder.stores.listen.claimDelivery(tenantId, deliveryId)
    if (typeof claimed === 'string') throw new Error(claimed)
    return claimed.delivery
  }
  return {
    /** It is sent, and the process that waits for the answer ends. */
    async abandon() {
      await take()
      await lanes.endLaneLease(session)
    },
    /** It is sent and answered, and the process that is to record the answer ends. */
    async loseAnswer() {
      await claim((await take()).deliveryId)
      await lanes.endLaneLease(session)
    },
    /** It is sent, and another connection takes over. */
    async takeOver() {
      await take()
      await builder.stores.listen.takeOver(tenantId, endpoint.id, mint.id('con'))
    },
    /** It is sent, and the receiver answers with a 500; the seconds until it is sent again. */
    async fail(): Promise<number> {
      const delivery = await claim((await take()).deliveryId)
      const sent = { delivery, answer: aResponse(500), durationMs: 0, agoMs: 0 }
      expect(await builder.stores.listen.recordDeliveryAnswer(sent, 0.5)).toBe(true)
      const row = await builder.database.first<{ seconds: number }>(
        `select round(extract(epoch from l.due_at - a.ended_at))::int as seconds
         from delivery_attempt a, delivery_lane l where a.delivery_id = $1 and a.number = $2 and l.session_id = $3`,
        [delivery.deliveryId, delivery.attempts, session.id],
      )
      await lanes.makeDue(session)
      return row!.seconds
    },
  }
}
type Fate = Exclude<keyof Awaited<ReturnType<typeof woken>>, 'fail'>
const times = (count: number, fate: Fate): Fate[] => Array(count).fill(fate)

it.each<[string, Fate[]]>([
  ['whose sender has ended', times(4, 'abandon')],
  ['whose answer was lost', times(4, 'loseAnswer')],
  ['that another connection took over', times(4, 'takeOver')],
  ['of all these', ['takeOver', 'abandon', 'loseAnswer', 'takeOver', 'takeOver', 'abandon']],
  ['whose sender has ended, before some that were taken over', [...times(4, 'abandon'), ...times(4, 'takeOver')]],
])('attempts over a connection %s count for nothing: the next failure is the first', async (_, fates) => {
  const head = await woken()
  for (const fate of fates) await head[fate]()
  expect(await head.fail()).toBe(attemptDelaysSeconds[1])
})

it('attempts that count for nothing do not hide those that failed', async () => {
  const head = await woken()
  await head.abandon()
  expect(await head.fail()).toBe(attemptDelaysSeconds[1])
  await head.takeOver()
  expect(await head.fail()).toBe(attemptDelaysSeconds[2])
  await head.loseAnswer()
  await head.takeOver()
  expect(await head.fail()).toBe(attemptDelaysSeconds[3])
})

it(`attempts over a connection without an outcome count when there are more than ${mostUnansweredAttempts}`, async () => {
  const head = await woken()
  for (const fate of times(mostUnansweredAttempts + 2, 'abandon')) await head[fate]()
  expect(await head.fail()).toBe(attemptDelaysSeconds[3])
})
