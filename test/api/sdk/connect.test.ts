import { expect, it } from 'vitest'
import { Backhaul, type ConnectedMessage, type DeliveryMessage, webhooks } from '#sdk/index.ts'
import { useSdk } from '#support/client/sdk.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'

const sdk = useSdk()

/** The next delivery of a connection. */
async function nextDelivery(messages: AsyncIterator<ConnectedMessage>): Promise<DeliveryMessage> {
  const { value } = await messages.next()
  if (value?.type !== 'delivery') throw new Error(`no delivery: ${JSON.stringify(value)}`)
  return value.data
}

it('deliveries come over a connection, signed, and again over the next one when they were not answered', async () => {
  const { id, secret } = await sdk.backhaul.endpoints.create({ kind: 'stream' })
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(sdk.url).port) })
  try {
    const far = new Backhaul({ apiKey: sdk.tenant.key, baseUrl: `http://127.0.0.1:${proxy.port}` })
    const seen = { connects: 0, reconnects: 0 }
    const messages = far.endpoints.connect(id, {
      onConnect: () => void seen.connects++,
      onReconnect: () => void seen.reconnects++,
    })
    const { deliveryId } = await sdk.backhaul.endpoints.test(id, { type: 'task.completed' })
    const first = await nextDelivery(messages)
    expect(first.deliveryId).toBe(deliveryId)
    expect(await webhooks.unwrap(first.body, first.headers, secret!)).toMatchObject({ type: 'endpoint.test' })
    proxy.reset()
    const again = await nextDelivery(messages)
    expect([again.deliveryId, again.body]).toEqual([deliveryId, first.body])
    expect(seen).toEqual({ connects: 2, reconnects: 1 })
    await far.deliveries.respond(deliveryId, { status: 204 })
    expect((await sdk.backhaul.deliveries.get(deliveryId)).state).toBe('succeeded')
    await messages.return()
  } finally {
    await proxy.close()
  }
})

it('a connection ends with the last word of the service when another one takes over', async () => {
  const { id } = await sdk.backhaul.endpoints.create({ kind: 'stream' })
  const connected = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const older = sdk.backhaul.endpoints.connect(id, { onConnect: () => connected[0].resolve() })
  const last = older.next()
  await connected[0].promise
  const newer = sdk.backhaul.endpoints.connect(id, { onConnect: () => connected[1].resolve() })
  const stop = newer.next()
  await connected[1].promise
  expect((await last).value).toMatchObject({ type: 'closed', data: { detail: expect.any(String) } })
  expect(await older.next()).toEqual({ done: true, value: undefined })
  const { deliveryId } = await sdk.backhaul.endpoints.test(id, {})
  expect((await stop).value).toMatchObject({ type: 'delivery', data: { deliveryId } })
  await newer.return()
})

it('a connection is refused for what is no stream, and ends with its signal', async () => {
  const { id } = await sdk.backhaul.endpoints.create({ url: 'https://receiver.example.com/' })
  const refused = sdk.backhaul.endpoints.connect(id).next()
  await expect(refused).rejects.toMatchObject({ name: 'ConflictError', code: 'endpoint_not_a_stream' })
  const stream = await sdk.backhaul.endpoints.create({ kind: 'stream' })
  const stop = new AbortController()
  const opened = Promise.withResolvers<void>()
  const waiting = sdk.backhaul.endpoints
    .connect(stream.id, { signal: stop.signal, onConnect: () => opened.resolve() })
    .next()
  const outcome = expect(waiting).rejects.toThrow('enough')
  await opened.promise
  stop.abort(new Error('enough'))
  await outcome
})
