import { describe, expect, it, onTestFinished } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import type { DeliveryStore } from '#core/deliveries/delivery-store.ts'
import type { Announcer } from '#core/kernel/announcer.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { createKeyWatch } from '#core/keys/watch-keys.ts'
import { answerDelivery } from '#core/listen/answer-delivery.ts'
import { createConnectionHub, type OpenedConnection } from '#core/listen/connection-hub.ts'
import type { ConnectionStore } from '#core/listen/connection-store.ts'
import { ed25519, hmacSha256, mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { made, newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const silent = { info() {}, warn() {}, error() {} }

interface Told {
  deliveryId: string
  eventId: string
  attempt: number
  body: string
}

/** A stream endpoint whose session has an open wake with four deliveries. */
async function woken() {
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const endpoint = made(await builder.stores.endpoints.createEndpoint(tenantId, { url: null, eventTypes: [], secret }))
  const session = await builder.session(tenantId, { delegate: { endpointId: endpoint.id } })
  const { id } = await builder.task(session)
  await builder.complete(id)
  await builder.stores.wakes.openWakes()
  const key = newApiKey({ scopes: ['write'] })
  const apiKey = made(await builder.stores.keys.createApiKey(tenantId, key))
  if (typeof apiKey === 'string') throw new Error(apiKey)
  const keyId = apiKey.id
  const attempts = () =>
    builder.database.many<{ number: number; status: number | null; error: string | null; open: boolean }>(
      `select a.number, a.status, a.error, a.ended_at is null as open from delivery_attempt a
       join delivery d on d.id = a.delivery_id where d.session_id = $1 order by d.position, a.number`,
      [session.id],
    )
  const deliveries = () =>
    builder.database.many<{ state: string; attempts: number; attemptsBefore: number }>(
      'select state, attempts, attempts_before from delivery where session_id = $1 order by position',
      [session.id],
    )
  return { tenantId, keyId, session, endpointId: endpoint.id, attempts, deliveries }
}
type Woken = Awaited<ReturnType<typeof woken>>

interface Verbs {
  deliveries?: Partial<DeliveryStore>
  listen?: Partial<ConnectionStore>
}

/** A process of the API, with these verbs instead of its stores', which may not hear of responses. */
async function startProcess(verbs: Verbs = {}, hearsAnswers = true) {
  const own = builder.otherProcess()
  const announcer = await openAnnouncer(builder.connectionString, silent)
  const on: Announcer['on'] = (kind, heard) =>
    kind === 'answered' && !hearsAnswers ? () => {} : announcer.on(kind, heard)
  const stopping = new AbortController()
  const ports = {
    stores: {
      deliveries: { ...own.deliveries, ...verbs.deliveries },
      listen: { ...own.listen, ...verbs.listen },
    },
    announcer: { on },
    keyWatch: createKeyWatch({ stores: own, announcer, log: silent }),
    mint,
    hmac: hmacSha256,
    ed25519,
    egress: { allowed: [] },
    log: silent,
    random: () => 0.5,
    tracing: withoutTracing,
    nowMs: Date.now,
  }
  const streams = createConnectionHub(ports, stopping.signal)
  onTestFinished(async () => {
    stopping.abort()
    await streams.settled()
    await announcer.close()
  })
  return {
    async connect({ tenantId, keyId, endpointId }: Woken) {
      const limits = { requestsPerMinute: null, maximumStreams: null }
      const who = { tenantId, keyId, signInId: null, scopes: ['write' as const], limits }
      const opened = await streams.open(who, endpointId)
      return { told: readAll(opened), closed: () => opened.closed() }
    },
    respond: (tenantId: string, { deliveryId }: Told, status: number) =>
      answerDelivery(ports, tenantId, deliveryId, { status }),
  }
}

function readAll(opened: OpenedConnection): Told[] {
  const told: Told[] = []
  const read = async () => {
    for await (const frame of opened.frames) {
      const [, data] = /^event: delivery\ndata: (.*)\n\n$/.exec(frame) ?? []
      if (data !== undefined) told.push(JSON.parse(data) as Told)
    }
  }
  void read()
  return told
}
const nth = (told: Told[], n: number) => eventually(`delivery ${n} is told`, () => told[n - 1])

describe('a process that dies', () => {
  it('with a delivery in hand leaves it to the next connection: same id, same bytes, uncharged', async () => {
    const endpoint = await woken()
    const dying = await startProcess()
    const lost = await dying.connect(endpoint)
    const first = await nth(lost.told, 1)
    // Of the dead process nothing is heard any more; its lease has 30 s to go.
    const next = await startProcess()
    const { told } = await next.connect(endpoint)
    const again = await nth(told, 1)
    expect([again.eventId, again.body, again.attempt]).toEqual([first.eventId, first.body, 2])
    expect((await endpoint.deliveries())[0]).toEqual({ state: 'pending', attempts: 2, attemptsBefore: 1 })
  })

  it('before it has recorded a response has not accepted it, and the log says so', async () => {
    const endpoint = await woken()
    const holding = await startProcess()
    const first = await nth((await holding.connect(endpoint)).told, 1)
    const dying = await startProcess({ listen: { recordDeliveryAnswer: () => Promise.reject(new Error('killed')) } })
    await expect(dying.respond(endpoint.tenantId, first, 204)).rejects.toThrow('killed')
    const open = (await endpoint.attempts())[0]!
    expect(open).toMatchObject({ status: null, open: true, error: expect.stringContaining('has ended') })
    const next = await startProcess()
    const again = await nth((await next.connect(endpoint)).told, 1)
    expect([again.eventId, again.body]).toEqual([first.eventId, first.body])
    await next.respond(endpoint.tenantId, again, 204)
    expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'succeeded', attempts: 2 })
  })

  it('right after it has recorded a response has lost nothing: who waits goes on, though it has not heard of it', async () => {
    const endpoint = await woken()
    const holding = await startProcess({}, false)
    const { told } = await holding.connect(endpoint)
    const first = await nth(told, 1)
    const dying = await startProcess({
      listen: {
        async recordDeliveryAnswer(sent, random) {
          await builder.stores.listen.recordDeliveryAnswer(sent, random)
          throw new Error('killed')
        },
      },
    })
    await expect(dying.respond(endpoint.tenantId, first, 204)).rejects.toThrow('killed')
    expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'succeeded', attempts: 1 })
    const second = await nth(told, 2)
    expect(second.attempt).toBe(1)
  })
})

describe('a connection that is replaced', () => {
  /** A process that does not notice that another connection has taken over. */
  const blind = { listen: { findEndedConnections: () => Promise.resolve(new Map()) } }

  it('gets nothing more, though its process has not seen yet that it is', async () => {
    const endpoint = await woken()
    const first = await startProcess(blind)
    const older = await first.connect(endpoint)
    await nth(older.told, 1)
    const newer = await first.connect(endpoint)
    for (let n = 1; n <= 4; n++) await first.respond(endpoint.tenantId, await nth(newer.told, n), 204)
    expect(older.told).toHaveLength(1)
    expect((await endpoint.deliveries())[0]).toEqual({ state: 'succeeded', attempts: 2, attemptsBefore: 1 })
  })

  it('gets nothing more, though the newer one is of another process', async () => {
    const endpoint = await woken()
    const idle = await startProcess({ listen: { listDueStreamDeliveryLanes: () => Promise.resolve([]) } })
    const taken: number[] = []
    const late: Partial<DeliveryStore> = {
      async leaseNextBatch(...given) {
        if (taken.length === 0) await idle.connect(endpoint)
        const run = await builder.stores.deliveries.leaseNextBatch(...given)
        taken.push(run.length)
        return run
      },
    }
    const older = await (await startProcess({ ...blind, deliveries: late })).connect(endpoint)
    // The second time, the newer one has been there from the beginning.
    expect(await eventually('the older one looked for work twice', () => taken.length > 1 && taken)).toEqual([0, 0])
    expect(older.told).toEqual([])
    expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'pending', attempts: 0 })
  })

  it('is charged nothing for what it has in hand, though it took that while the newer one came', async () => {
    const endpoint = await woken()
    const process = await startProcess()
    const older = await process.connect(endpoint)
    await nth(older.told, 1)
    // The newer one saw no lane to take: this one was taken after it had looked.
    await builder.database.run('update endpoint set connection_id = $2 where id = $1', [
      endpoint.endpointId,
      mint.id('con'),
    ])
    await eventually('it is given back', async () => {
      const [delivery] = await endpoint.deliveries()
      return delivery!.attempts === delivery!.attemptsBefore || undefined
    })
    const lane = { sessionId: endpoint.session.id, endpointId: endpoint.endpointId }
    expect(await builder.stores.listen.listDueStreamDeliveryLanes([endpoint.endpointId])).toEqual([lane])
    expect(older.told).toHaveLength(1)
  })
})

describe('a response', () => {
  it.each(['another connection', 'the one that waits for it'])(
    'that is on record was taken, though %s has gone on before its sender is told so',
    async (who) => {
      const endpoint = await woken()
      const holding = await startProcess()
      const { told } = await holding.connect(endpoint)
      const first = await nth(told, 1)
      const answering = await startProcess({
        listen: {
          async recordDeliveryAnswer(sent, random) {
            const isCurrent = await builder.stores.listen.recordDeliveryAnswer(sent, random)
            await nth(told, 2)
            if (who === 'another connection') await (await startProcess()).connect(endpoint)
            return isCurrent
          },
        },
      })
      await answering.respond(endpoint.tenantId, first, 204)
      expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'succeeded', attempts: 1 })
    },
  )

  it('that came after another connection took over is refused, and decides nothing', async () => {
    const endpoint = await woken()
    const holding = await startProcess()
    const first = await nth((await holding.connect(endpoint)).told, 1)
    const answering = await startProcess({
      listen: {
        async recordDeliveryAnswer(sent, random) {
          await builder.stores.listen.takeOver(endpoint.tenantId, endpoint.endpointId, mint.id('con'))
          return builder.stores.listen.recordDeliveryAnswer(sent, random)
        },
      },
    })
    const late = answering.respond(endpoint.tenantId, first, 204)
    await expect(late).rejects.toMatchObject({ code: 'delivery_not_awaited' })
    expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'pending' })
  })

  it('that comes while another connection takes over is either recorded or refused', async () => {
    const [one, other] = await Promise.all([startProcess(), startProcess()])
    for (let round = 0; round < 10; round++) {
      const endpoint = await woken()
      const first = await nth((await one.connect(endpoint)).told, 1)
      const [answered, taken] = await Promise.allSettled([
        one.respond(endpoint.tenantId, first, 204),
        other.connect(endpoint),
      ])
      if (taken.status === 'rejected') throw taken.reason
      const [delivery] = await endpoint.deliveries()
      if (answered.status === 'fulfilled') expect(delivery).toMatchObject({ state: 'succeeded' })
      else {
        expect(answered.reason).toMatchObject({ code: 'delivery_not_awaited' })
        expect(delivery).toMatchObject({ state: 'pending' })
        expect((await nth(taken.value.told, 1)).eventId).toBe(first.eventId)
      }
    }
  })

  it('that came in time is not taken back by the silence that another process notes later', async () => {
    const endpoint = await woken()
    const [run] = [
      await builder.stores.deliveries.leaseNextBatch(
        { sessionId: endpoint.session.id, endpointId: endpoint.endpointId },
        1,
      ),
    ]
    const sent = run[0]!
    const process = await startProcess()
    await process.respond(endpoint.tenantId, { ...sent, attempt: 1 }, 200)
    const silence = { status: null, error: 'timedOut', body: '', retryAfterSeconds: null }
    const late = { delivery: sent, answer: silence, durationMs: 20_000, agoMs: 0 }
    expect(await builder.stores.deliveries.recordBatch({ sent: [late], unsent: [] }, 0.5, 1)).toEqual([])
    expect(await endpoint.attempts()).toEqual([{ number: 1, status: 200, error: null, open: false }])
    expect((await endpoint.deliveries())[0]).toMatchObject({ state: 'succeeded' })
  })
})

describe('a lane', () => {
  it('is claimed by the first response alone', async () => {
    const endpoint = await woken()
    const lane = { sessionId: endpoint.session.id, endpointId: endpoint.endpointId }
    const [{ deliveryId } = { deliveryId: '' }] = await builder.stores.deliveries.leaseNextBatch(lane, 1)
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => builder.stores.listen.claimDelivery(endpoint.tenantId, deliveryId)),
    )
    expect(claims.filter((claim) => claim === 'not_awaited')).toHaveLength(4)
  })

  it('that was taken over is not moved any more by who had it', async () => {
    const endpoint = await woken()
    const lane = { sessionId: endpoint.session.id, endpointId: endpoint.endpointId }
    const [delivery] = await builder.stores.deliveries.leaseNextBatch(lane, 1)
    await builder.stores.listen.takeOver(endpoint.tenantId, endpoint.endpointId, mint.id('con'))
    const failure = { status: 503, error: null, body: '', retryAfterSeconds: 600 }
    const late = { delivery: delivery!, answer: failure, durationMs: 1, agoMs: 0 }
    await builder.stores.deliveries.recordBatch({ sent: [late], unsent: [] }, 0.5, 1)
    expect(await builder.stores.listen.listDueStreamDeliveryLanes([endpoint.endpointId])).toEqual([lane])
  })

  it('is sent by one connection at a time, however many processes and workers look for work', async () => {
    const endpoint = await woken()
    const processes = await Promise.all([startProcess(), startProcess(), startProcess()])
    const opened: Told[][] = []
    for (const process of processes) opened.push((await process.connect(endpoint)).told)
    const newest = opened.at(-1)!
    for (let n = 1; n <= 4; n++) {
      await processes[0]!.respond(endpoint.tenantId, await nth(newest, n), 204)
      expect(await builder.stores.deliveries.listDueDeliveryLanes(100)).toEqual([])
    }
    expect(new Set(newest.map(({ eventId }) => eventId)).size).toBe(4)
    expect((await endpoint.deliveries()).map(({ state }) => state)).toEqual(Array(4).fill('succeeded'))
  })
})
