import { expect, it } from 'vitest'
import { Backhaul, type StreamedEvent } from '#sdk/index.ts'
import { finish } from '#support/builders/api-fixtures.ts'
import { useSdk } from '#support/client/sdk.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'

const sdk = useSdk()
const pull = { configuration: { delegate: { kind: 'pull' as const } } }

async function complete(session: string) {
  const { id } = await sdk.backhaul.tasks.create(session, { url: 'https://origin.example.com/data.bin' })
  await finish(sdk.api, sdk.tenant, id)
  return id
}

/** Reads until so many tasks were reported as completed. */
async function completions(stream: AsyncIterable<StreamedEvent>, count: number, onEach: () => unknown = () => {}) {
  const found: string[] = []
  for await (const event of stream)
    if (event.type === 'task.completed') {
      found.push(event.data.data.task.id)
      if (found.length === count) break
      await onEach()
    }
  return found
}
const fromTheBeginning = Buffer.from('0').toString('base64url')

it('the stream goes on for ever: over cut connections, each event once and in order', async () => {
  await sdk.backhaul.sessions.open('s', pull)
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(sdk.url).port) })
  try {
    const far = new Backhaul({ apiKey: sdk.tenant.key, baseUrl: `http://127.0.0.1:${proxy.port}` })
    const created = [await complete('s')]
    let reconnects = 0
    let connections = 0
    const stream = far.events.stream({
      after: fromTheBeginning,
      onConnect: () => connections++,
      onReconnect: () => reconnects++,
    })
    const seen = await completions(stream, 3, async () => {
      proxy.reset()
      created.push(await complete('s'))
    })
    expect(seen).toEqual(created)
    expect(reconnects).toBeGreaterThanOrEqual(2)
    expect(connections).toBeGreaterThanOrEqual(3)
  } finally {
    await proxy.close()
  }
})

it('the stream goes on behind a cursor, in one session', async () => {
  await sdk.backhaul.sessions.open('one', pull)
  await sdk.backhaul.sessions.open('other', pull)
  const first = await complete('one')
  await complete('other')
  const second = await complete('one')
  let cursor: string | null = null
  for await (const event of sdk.backhaul.events.stream({ session: 'one', after: fromTheBeginning })) {
    cursor = event.cursor
    if (event.type === 'task.completed' && event.data.data.task.id === first) break
  }
  expect(await completions(sdk.backhaul.events.stream({ session: 'one', after: cursor! }), 1)).toEqual([second])
})

it('the stream ends with its signal, and with a refusal', async () => {
  const stop = new AbortController()
  const reading = completions(sdk.backhaul.events.stream({ signal: stop.signal }), 1)
  const outcome = expect(reading).rejects.toThrow('enough')
  stop.abort(new Error('enough'))
  await outcome
  await expect(completions(sdk.backhaul.events.stream({ after: '!!' }), 1)).rejects.toMatchObject({ status: 400 })
  const stranger = new Backhaul({ apiKey: 'bh_nobody', baseUrl: sdk.url })
  await expect(completions(stranger.events.stream(), 1)).rejects.toMatchObject({ name: 'AuthenticationError' })
})

it('lists are read page by page, as far as they are wanted', async () => {
  await sdk.backhaul.sessions.open('s', pull)
  const given = Array.from({ length: 7 }, (_, n) => ({ url: `https://origin.example.com/${n}`, suspended: true }))
  const { tasks } = await sdk.backhaul.tasks.createMany('s', given)
  const ids = tasks.map(({ id }) => id)
  const found: string[] = []
  for await (const { id } of sdk.backhaul.tasks.list({ limit: 3 })) found.push(id)
  expect(found).toEqual(ids)
  const page = await sdk.backhaul.sessions.listTasks('s', { limit: 3, state: 'suspended' })
  expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 3))
  expect(page.nextCursor).toEqual(expect.any(String))
  expect(await sdk.backhaul.tasks.list({ limit: 2 }).toArray(5)).toHaveLength(5)
  await sdk.backhaul.tasks.cancel(ids[0]!)
  expect((await sdk.backhaul.events.list({ limit: 1 }).toArray()).map(({ type }) => type)).toContain('task.completed')
  expect(await sdk.backhaul.tasks.list({ metadata: { a: 'b' } }).toArray()).toEqual([])
})
