import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readServerSentEvents, type ServerSentEvent } from '#cli/server-sent-events.ts'
import { heartbeat, message } from '#core/events/rules/sse-frames.ts'

/** Reads a text that comes in pieces of these sizes. */
async function read(text: string, sizes: readonly number[] = []): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let at = 0
      for (const size of sizes) {
        controller.enqueue(bytes.slice(at, at + size))
        at += size
      }
      controller.enqueue(bytes.slice(at))
      controller.close()
    },
  })
  const events: ServerSentEvent[] = []
  for await (const event of readServerSentEvents(body, () => {})) events.push(event)
  return events
}

describe('a stream of messages', () => {
  it.each<[string, string, ServerSentEvent[]]>([
    ['a message', 'event: delivery\ndata: {}\n\n', [{ event: 'delivery', data: '{}' }]],
    ['a message without a type', 'data: a\n\n', [{ event: 'message', data: 'a' }]],
    ['data in two lines', 'data: a\ndata:b\n\n', [{ event: 'message', data: 'a\nb' }]],
    ['carriage returns', 'event: x\r\ndata: a\r\n\r\n', [{ event: 'x', data: 'a' }]],
    ['comments and times', ': hello\nretry: 10\nid: 4\n\n', []],
    [
      'a type without data, which is not that of the next',
      'event: x\n\ndata: a\n\n',
      [{ event: 'message', data: 'a' }],
    ],
    ['one that is not whole', 'data: a\n\ndata: b\n', [{ event: 'message', data: 'a' }]],
  ])('is read with %s', async (_what, text, events) => {
    expect(await read(text)).toEqual(events)
  })

  it('is read as it was written, however it is cut into pieces', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 })
    const bodies = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(bodies, sizes, async (given, cuts) => {
        const text = given.map((body) => message({ event: 'delivery', data: { body } }) + heartbeat).join('')
        const events = await read(text, cuts)
        expect(events.map(({ data }) => JSON.parse(data).body)).toEqual(given.map((body) => body.toWellFormed()))
      }),
    )
  })
})
