import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { chunked, errorOf, failureOf, get, lines, open, read, serve, sourceWith } from '#support/client/source.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import { chunksOf } from '#transfer/bytes/body-chunks.ts'

describe('the patience of the HTTP source', () => {
  const idleTimeoutMs = 200
  const dripping =
    (head: string, piece: string, everyMs: number) =>
    ({ socket }: RawRequest) => {
      socket.write(head)
      const timer = setInterval(() => socket.write(piece), everyMs)
      socket.on('close', () => clearInterval(timer))
      return undefined
    }

  it('ends when the origin is silent: before, within or after the head, or in the TLS handshake', async () => {
    for (const bytes of [
      '',
      'HTTP/1.1 200 OK\r\nX-',
      `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}ab`,
      `${chunked}2\r\nab\r\n`,
    ]) {
      const origin = await serve(({ socket }) => void socket.write(bytes))
      const startedAt = performance.now()
      expect(await failureOf(get(origin.url(), { idleTimeoutMs }))).toBe('timedOut')
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(idleTimeoutMs - 5)
      await eventually('no connection stays', () => origin.openConnections() === 0)
    }
    const silent = await serve(() => undefined)
    expect(await failureOf(open(silent.url().replace('http:', 'https:'), { idleTimeoutMs }))).toBe('timedOut')
  })

  it('ends when the name server is silent', async () => {
    const never = sourceWith(() => new Promise(() => {}))
    expect(await failureOf(open('http://files.example.com/', { idleTimeoutMs }, never))).toBe('timedOut')
  })

  it('is renewed by every byte of a body, be it only of its framing', async () => {
    for (const [head, piece] of [
      [lines('HTTP/1.1 200 OK'), 'a'],
      [`${chunked}1;`, 'a'],
    ] as const) {
      const origin = await serve(dripping(head, piece, idleTimeoutMs / 5))
      const controller = new AbortController()
      const enough = new Error('enough')
      const work = errorOf(get(origin.url(), { idleTimeoutMs, signal: controller.signal }))
      const startedAt = performance.now()
      await eventually('three timeouts have passed', () => performance.now() - startedAt > 3 * idleTimeoutMs)
      controller.abort(enough)
      expect(await work).toBe(enough)
    }
  })

  it('ends with a head that drips in for ever', async () => {
    const origin = await serve(dripping('HTTP/1.1 200 OK\r\nX-A: ', 'a', idleTimeoutMs / 5))
    expect(await failureOf(open(origin.url(), { idleTimeoutMs }))).toBe('timedOut')
  })

  it('does not end while it is the reader who is slow', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'a')
    const origin = await serve(() => rawResponse(200, {}, body))
    const response = await open(origin.url(), { idleTimeoutMs })
    const pause = async () => {
      const startedAt = performance.now()
      await eventually('three timeouts have passed', () => performance.now() - startedAt > 3 * idleTimeoutMs)
    }
    await pause()
    let bytes = 0
    for await (const chunk of chunksOf(response)) {
      if (bytes === 0) await pause()
      bytes += chunk.bytes.length
      chunk.release()
    }
    expect(bytes).toBe(body.length)
  })
})

describe('the reader of the HTTP source', () => {
  it('sets the pace: an unread body stays with the origin', async () => {
    const total = 256 * 1024 * 1024
    const piece = Buffer.alloc(256 * 1024)
    let written = 0
    const origin = await serve(({ socket }) => {
      socket.write(lines('HTTP/1.1 200 OK', `Content-Length: ${total}`))
      const pump = () => {
        let more = true
        while (more && written < total) {
          more = socket.write(piece)
          written += piece.length
        }
        if (written === total) socket.end()
      }
      socket.on('drain', pump)
      pump()
      return undefined
    })
    const response = await open(origin.url())
    const held: (() => void)[] = []
    let received = 0
    let isHolding = true
    const reading = response.read((bytes, release) => {
      received += bytes.length
      if (isHolding) held.push(release)
      else release()
    })
    let before = -1
    await eventually(
      'the origin has to wait',
      () => {
        const waits = written === before
        before = written
        return waits
      },
      { everyMs: 200 },
    )
    expect(written).toBeLessThan(total / 4)
    isHolding = false
    for (const release of held) release()
    await reading
    expect(received).toBe(total)
  })

  it('can stop in the middle, or never begin', async () => {
    const origin = await serve(({ socket }) => void socket.write(`${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}ab`))
    for await (const { bytes } of chunksOf(await open(origin.url()))) {
      expect(bytes.length).toBe(2)
      break
    }
    await eventually('the first connection is gone', () => origin.openConnections() === 0)
    const unread = await open(origin.url())
    unread.discard()
    unread.discard()
    await eventually('the second connection is gone', () => origin.openConnections() === 0)
    expect(origin.connections()).toBe(2)
  })

  it('leaves nothing behind on a signal that lives longer than the transfer', async () => {
    const origin = await serve(({ path }) =>
      path === '/end' ? rawResponse(200, {}, 'end') : rawResponse(302, { Location: '/end' }),
    )
    const { signal } = new AbortController()
    expect(await get(origin.url('/'), { signal })).toBe('end')
    expect(await failureOf(open('http://127.0.0.2/', { signal }))).toBe('destination_denied')
    const unread = await open(origin.url('/end'), { signal })
    unread.discard()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('gets the reason of its own abort, at any time', async () => {
    const reason = new Error('cancelled by the test')
    const origin = await serve(
      ({ path, socket }) =>
        void (path === '/body' && socket.write(`${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}ab`)),
    )
    expect(await errorOf(open(origin.url(), { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(origin.connections()).toBe(0)

    const waiting = new AbortController()
    const head = errorOf(open(origin.url('/head'), { signal: waiting.signal }))
    await eventually('the request', () => origin.requests.length === 1)
    waiting.abort(reason)
    expect(await head).toBe(reason)

    const reading = new AbortController()
    const iterator = chunksOf(await open(origin.url('/body'), { signal: reading.signal }))[Symbol.asyncIterator]()
    expect((await iterator.next()).value.bytes.length).toBe(2)
    const rest = errorOf(iterator.next())
    reading.abort(reason)
    expect(await rest).toBe(reason)

    const unread = new AbortController()
    const later = await open(origin.url('/body'), { signal: unread.signal })
    unread.abort(reason)
    expect(await errorOf(read(later))).toBe(reason)
    await eventually('no connection stays', () => origin.openConnections() === 0)
  })
})
