import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { createSpanSender } from '#core/operations/opentelemetry/span-sender.ts'
import { eventually } from '#support/assertions/eventually.ts'

/** A sender of spans that are numbers, and a collector whose answers are these, the last of them from then on. */
async function startSender({ answers = [200], delayMs = 60_000 }: { answers?: number[]; delayMs?: number } = {}) {
  const batches: number[][] = []
  let waitFor: Promise<unknown> = Promise.resolve()
  const server = createServer(async (request, response) => {
    batches.push((await json(request)) as number[])
    await waitFor
    response.writeHead(answers[Math.min(batches.length, answers.length) - 1]!).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const lost: string[] = []
  const sender = createSpanSender({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: {},
    delayMs,
    around: { before: '[', after: ']' },
    onLost: (why) => void lost.push(why),
  })
  onTestFinished(async () => {
    await sender.close(0)
    server.closeAllConnections()
    server.close()
  })
  const add = (from: number, to: number) => {
    for (let span = from; span < to; span++) sender.add(`${span}`)
  }
  const hold = () => {
    const held = Promise.withResolvers<void>()
    waitFor = held.promise
    return held.resolve
  }
  return { add, batches, lost, hold, close: sender.close }
}

it('spans are sent when there is a batch of them, and what is left when the sender is closed', async () => {
  const { add, batches, lost, close } = await startSender()
  add(0, 600)
  await eventually('a batch has come', () => batches.length === 1)
  await close(60_000)
  expect(batches.map((batch) => batch.length)).toEqual([512, 88])
  expect(batches.flat()).toEqual(Array.from({ length: 600 }, (_, n) => n))
  expect(lost).toEqual([])
})

it('a few spans are sent after the delay', async () => {
  const { add, batches } = await startSender({ delayMs: 1 })
  add(0, 3)
  await eventually('they have come', () => batches.flat().length === 3)
})

it('a batch that the collector cannot take now is sent again', async () => {
  const { add, batches, lost, close } = await startSender({ answers: [503, 200] })
  add(0, 512)
  await eventually('it has come again', () => batches.length === 2, { withinMs: 20_000 })
  await close(60_000)
  expect(batches[1]).toEqual(batches[0])
  expect(lost).toEqual([])
})

it('a batch that the collector refuses is lost, and the next one is sent', async () => {
  const { add, batches, lost } = await startSender({ answers: [400, 200] })
  add(0, 1_024)
  await eventually('the second has come', () => batches.length === 2)
  expect(lost).toEqual(['512 spans: the collector answered 400'])
})

it('spans beyond 2,048 that wait for a slow collector are lost, and said to be', async () => {
  const { add, batches, lost, hold, close } = await startSender()
  const goOn = hold()
  add(0, 512)
  await eventually('the first batch is on its way', () => batches.length === 1)
  add(512, 512 + 2_048 + 7)
  goOn()
  await close(60_000)
  expect(batches.flat()).toHaveLength(512 + 2_048)
  expect(lost).toEqual(['7 spans: more than 2048 were waiting'])
})

it('a collector that is away does not hold up a process that stops', async () => {
  const lost: string[] = []
  const sender = createSpanSender({
    url: 'http://127.0.0.1:9',
    headers: {},
    delayMs: 60_000,
    around: { before: '[', after: ']' },
    onLost: (why) => void lost.push(why),
  })
  sender.add('1')
  await sender.close(60_000)
  expect(lost).toEqual([expect.stringContaining('1 spans: connect ECONNREFUSED')])
})
