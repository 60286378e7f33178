import { expect, it } from 'vitest'
import { readServerSentEvents } from '#sdk/events/server-sent-events.ts'

async function read(text: string, chunkBytes: number) {
  const bytes = new TextEncoder().encode(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  const ids: string[] = []
  const messages: unknown[] = []
  for await (const message of readServerSentEvents(chunks(), (id) => ids.push(id))) messages.push(message)
  return { ids, messages }
}

const stream =
  ': connected\r\n\r\nid: c0\n\nevent: a\nid: c1\ndata: {"ü":\ndata: 1}\n\n\rdata:x\rid: c2\r\revent: cut off\ndata: y\n'

it.each([1, 2, 3, 7, 1000])(
  'messages and ids are the same in chunks of %i bytes, and what is incomplete is dropped',
  async (size) => {
    expect(await read(stream, size)).toEqual({
      ids: ['c0', 'c1', 'c2'],
      messages: [
        { event: 'a', data: '{"ü":\n1}' },
        { event: 'message', data: 'x' },
      ],
    })
  },
)

async function* endless(text: string) {
  const chunk = new TextEncoder().encode(text)
  for (;;) yield chunk
}

it.each([
  ['a line', 'x'.repeat(100_000)],
  ['a message', `data: ${'x'.repeat(100_000)}\n`],
])('%s without an end is not kept, but refused', async (_, text) => {
  const messages = readServerSentEvents(endless(text), () => {})
  await expect(messages.next()).rejects.toThrow(/is longer than/)
})
