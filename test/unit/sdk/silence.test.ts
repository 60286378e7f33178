import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Backhaul } from '#sdk/index.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A service that answers with streams; `listening` resolves with the one whose reader waits for more. */
function streamingService() {
  let heard = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
  const requests: Record<string, string>[] = []
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    requests.push(init!.headers as Record<string, string>)
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => init!.signal!.addEventListener('abort', () => controller.error(init!.signal!.reason)),
        pull: (controller) => heard.resolve(controller),
      },
      { highWaterMark: 0 },
    )
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const listening = async () => {
    const controller = await heard.promise
    heard = Promise.withResolvers()
    return (text: string) => controller.enqueue(new TextEncoder().encode(text))
  }
  return { fetch, requests, listening }
}

it('a stream that is silent for 45 s is given up for another one, and a comment keeps it', async () => {
  const { fetch, requests, listening } = streamingService()
  const ended: string[] = []
  const reconnecting = Promise.withResolvers<void>()
  const backhaul = new Backhaul({ apiKey: 'bh_1', fetch })
  const stream = backhaul.events.stream({
    onReconnect({ error }) {
      ended.push(error.message)
      reconnecting.resolve()
    },
  })
  const first = stream.next()
  const say = await listening()
  vi.advanceTimersByTime(44_000)
  say('id: 7\nevent: task.state\ndata: {"state":"running"}\n\n')
  expect((await first).value).toMatchObject({ data: { state: 'running' }, cursor: '7' })

  const second = stream.next()
  const comment = await listening()
  vi.advanceTimersByTime(44_000)
  comment(': the service is there\n\n')
  await listening()
  vi.advanceTimersByTime(44_999)
  expect(ended).toEqual([])
  vi.advanceTimersByTime(1)
  await reconnecting.promise
  expect(ended).toEqual([expect.stringContaining('nothing came within 45000 ms')])

  // At most half a second behind the first failure.
  vi.advanceTimersByTime(500)
  const sayAgain = await listening()
  expect(requests.map((headers) => headers['last-event-id'])).toEqual([undefined, '7'])
  sayAgain('id: 8\nevent: task.state\ndata: {"state":"completed"}\n\n')
  expect((await second).value).toMatchObject({ data: { state: 'completed' }, cursor: '8' })
})

it('who is slow to ask for the next event is not taken for a silent service', async () => {
  const { fetch, requests, listening } = streamingService()
  const stream = new Backhaul({ apiKey: 'bh_1', fetch }).events.stream()
  const first = stream.next()
  const say = await listening()
  say('event: task.state\ndata: {"n":1}\n\n')
  await first
  vi.advanceTimersByTime(600_000)
  const second = stream.next()
  const sayMore = await listening()
  sayMore('event: task.state\ndata: {"n":2}\n\n')
  expect((await second).value).toMatchObject({ data: { n: 2 } })
  expect(requests).toHaveLength(1)
})
