import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { chunked, errorOf, failureOf, get, lines, open, read, serve } from '#support/client/source.ts'
import { rawResponse } from '#support/origins/raw-origin.ts'

const chunkedLines = ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'] as const

/** Sends the bytes in pieces, so that every line is cut somewhere, and ends. */
async function drip(socket: Socket, bytes: string): Promise<void> {
  const pieceBytes = Math.ceil(bytes.length / 60)
  for (let at = 0; at < bytes.length && !socket.destroyed; at += pieceBytes) {
    socket.write(bytes.slice(at, at + pieceBytes), 'latin1')
    await setImmediate()
  }
  socket.end()
}

describe('an origin that lies', () => {
  it.each<[string, string | Buffer, TaskErrorName]>([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'cannotParseResponse'],
    ['speaks HTTP/2 without being asked', `${lines('HTTP/2.0 200 OK', 'Content-Length: 1')}a`, 'cannotParseResponse'],
    [
      'names two lengths',
      `${lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2')}ab`,
      'cannotParseResponse',
    ],
    ['names a length that is no number', `${lines('HTTP/1.1 200 OK', 'Content-Length: 1e3')}a`, 'cannotParseResponse'],
    ['names a negative length', `${lines('HTTP/1.1 200 OK', 'Content-Length: -1')}a`, 'cannotParseResponse'],
    [
      'names an unknown transfer coding',
      `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip')}a`,
      'cannotParseResponse',
    ],
    [
      'names two transfer codings',
      `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
      'cannotParseResponse',
    ],
    ['puts a space before the colon', lines('HTTP/1.1 200 OK', 'Content-Length : 0'), 'cannotParseResponse'],
    ['switches protocols', lines('HTTP/1.1 101 Switching', 'Connection: upgrade', 'Upgrade: x'), 'cannotParseResponse'],
    [
      'sends a thousand informational responses',
      lines('HTTP/1.1 103 Early Hints', 'Link: </a>').repeat(1000),
      'cannotParseResponse',
    ],
    [
      'frames an informational response with a length',
      `${lines('HTTP/1.1 103 Early Hints', 'Content-Length: 5')}${lines('HTTP/1.1 200 OK', 'Content-Length: 0')}`,
      'cannotParseResponse',
    ],
    [
      'frames an informational response with chunks',
      `${lines('HTTP/1.1 100 Continue', 'Transfer-Encoding: chunked')}${lines('HTTP/1.1 200 OK', 'Content-Length: 0')}`,
      'cannotParseResponse',
    ],
    ['sends a chunk that is none', `${chunked}zz\r\na\r\n0\r\n\r\n`, 'cannotParseResponse'],
    ['sends a chunk size beyond all numbers', `${chunked}${'f'.repeat(17)}\r\na`, 'cannotParseResponse'],
    ['sends a chunk longer than it says', `${chunked}1\r\nabc\r\n0\r\n\r\n`, 'cannotParseResponse'],
    ['sends a huge chunk extension', `${chunked}1;${'a'.repeat(64 * 1024)}\r\na\r\n0\r\n\r\n`, 'cannotParseResponse'],
    ['sends huge trailers', `${chunked}0\r\nX-A: ${'a'.repeat(64 * 1024)}\r\n\r\n`, 'cannotParseResponse'],
    ['sends chunks without an end', `${chunked}1\r\na\r\n`, 'networkConnectionLost'],
    ['sends less than it says', `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}short`, 'networkConnectionLost'],
    ['closes after half a head', 'HTTP/1.1 200 OK\r\nContent-', 'cannotParseResponse'],
    ['closes without a word', Buffer.alloc(0), 'networkConnectionLost'],
    ['closes after an informational response', lines('HTTP/1.1 103 Early Hints'), 'networkConnectionLost'],
  ])('and %s', async (_, bytes, failure) => {
    const origin = await serve(() => bytes)
    expect(await failureOf(get(origin.url()))).toBe(failure)
    await eventually('no connection stays', () => origin.openConnections() === 0)
  })

  it.each<[string, string]>([
    [
      'names a length and chunks',
      `${lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['names chunks and a length', `${lines(...chunkedLines, 'Content-Length: 1')}5\r\nhello\r\n0\r\n\r\n`],
    ['sends chunks in HTTP/1.0', `${lines('HTTP/1.0 200 OK', chunkedLines[1])}5\r\nhello\r\n0\r\n\r\n`],
    ['folds a line', `${lines('HTTP/1.1 200 OK', 'X-A: b', ' c', 'Content-Length: 5')}hello`],
    ['ends lines with LF alone', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
    ['hides a CR in a value', `${lines('HTTP/1.1 200 OK', 'X-A: b\rc', 'Content-Length: 5')}hello`],
    ['hides a NUL in a value', `${lines('HTTP/1.1 200 OK', 'X-A: b\0c', 'Content-Length: 5')}hello`],
    [
      'sends 17 KiB of headers',
      `${lines('HTTP/1.1 200 OK', `X-A: ${'a'.repeat(17 * 1024)}`, 'Content-Length: 5')}hello`,
    ],
    [
      'sends 17 KiB of small headers',
      `${lines('HTTP/1.1 200 OK', ...Array.from({ length: 1100 }, () => 'X-Header: abcd'), 'Content-Length: 5')}hello`,
    ],
    ['pads the sizes of chunks', `${chunked}5   \r\nhello\r\n0\r\n\r\n`],
    ['does not end behind the last chunk', `${chunked}5\r\nhello\r\n0\r\n`],
    [
      'goes on after an informational response that ends the connection',
      `${lines('HTTP/1.1 102 Processing', 'Connection: close')}${lines('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`,
    ],
    [
      'sends an informational response in HTTP/1.0',
      `${lines('HTTP/1.0 103 Early Hints')}${lines('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`,
    ],
    [
      'breaks a line of an informational response',
      `${lines('HTTP/1.1 103 Early Hints', 'Link : </a>')}${lines('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`,
    ],
  ])('is only odd when it %s: its connection is closed, however the bytes come', async (_, bytes) => {
    for (const isSlow of [false, true]) {
      const origin = await serve(({ socket }) => {
        void (isSlow ? drip(socket, bytes) : socket.write(bytes, 'latin1', () => socket.end()))
        return undefined
      })
      const response = await open(origin.url())
      expect((await read(response)).toString()).toBe('hello')
      expect(response.transactions[0]?.notes).toEqual([
        { code: 'lenient_head', detail: expect.stringMatching(/^The origin sent [\w /,-]+\.$/) },
      ])
      await eventually('no connection stays', () => origin.openConnections() === 0)
    }
  })

  it('gets away with sixteen informational responses, a large head and bytes after the body', async () => {
    const interim = lines('HTTP/1.1 103 Early Hints').repeat(15) + lines('HTTP/1.1 100 Continue')
    const head = lines('HTTP/1.1 200 OK', 'Content-Length: 5', `X-A: ${'a'.repeat(15 * 1024)}`)
    const origin = await serve(() => `${interim}${head}helloHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n`)
    expect(await get(origin.url())).toBe('hello')
    await eventually('no connection stays', () => origin.openConnections() === 0)
  })

  it.each([204, 205, 304])('cannot put a body into a %i', async (status) => {
    const origin = await serve(() => rawResponse(status, {}, 'body'))
    const response = await open(origin.url())
    expect([response.status, (await read(response)).length]).toEqual([status, 0])
    expect(response.transactions[0]?.responseEnd).not.toBeNull()
    await eventually('no connection stays', () => origin.openConnections() === 0)
  })

  it.each([
    '',
    'HTTP/1.1 200 OK\r\nX-',
    `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}ab`,
    `${chunked}2\r\nab\r\n`,
    `${lines('HTTP/1.1 200 OK')}ab`,
  ])('and resets after %j has lost the connection', async (bytes) => {
    const origin = await serve(({ socket }) => {
      socket.write(bytes, () => socket.resetAndDestroy())
      return undefined
    })
    expect(await failureOf(get(origin.url()))).toBe('networkConnectionLost')
  })

  it('has sent the bytes before the break', async () => {
    const origin = await serve(() => `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}short`)
    const response = await open(origin.url())
    const received: Uint8Array[] = []
    const failure = await errorOf(
      response.read((bytes, release) => {
        received.push(Buffer.from(bytes))
        release()
      }),
    )
    expect([Buffer.concat(received).toString(), failure?.failure]).toEqual(['short', 'networkConnectionLost'])
    expect(response.transactions[0]).toMatchObject({
      countOfResponseBodyBytesReceived: 5,
      responseEnd: expect.any(String),
    })
  })
})
