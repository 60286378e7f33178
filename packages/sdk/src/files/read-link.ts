import type { Deadline } from '../http/deadline.ts'
import { readFileHead } from '../rules/file-head.ts'
import type { FileBody } from './file-body.ts'
import { type LinkSocket, openLinkSocket } from './link-socket.ts'

const maxHeadBytes = 64 * 1024
/** Who has sent no head by then is not waited for. */
const headMs = 10_000
/** Ours to say, not the caller's. */
const ours = /^(host|connection|accept-encoding|content-length|transfer-encoding|te|upgrade|expect)$/i

/** One GET over a connection of its own (RFC 9112). Throws for all but a file as most servers send it. The body closes the deadline. */
export async function readLink(link: URL, fields: Record<string, string>, deadline: Deadline): Promise<FileBody> {
  if (!/^https?:$/.test(link.protocol) || link.username || link.password) throw new Error('a link of another kind')
  const socket = await openLinkSocket(link, deadline)
  const timer = setTimeout(socket.close, headMs)
  try {
    socket.write(requestFor(link, fields))
    const chunks = socket.chunks()
    let received = Buffer.alloc(0)
    let end = -1
    while (end < 0) {
      const { done, value } = await chunks.next()
      if (done || received.length > maxHeadBytes) throw new Error('there is no head')
      received = Buffer.concat([received, value])
      end = received.indexOf('\r\n\r\n')
    }
    const head = readFileHead(received.toString('latin1', 0, end))
    if (!head) throw new Error('it is not a plain file')
    return { ...head, chunks: bodyOf(received.subarray(end + 4), chunks, head.bytes, socket, deadline) }
  } catch (error) {
    socket.close()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function requestFor({ pathname, search, host }: URL, fields: Record<string, string>): string {
  const given = Object.entries(fields).filter(([name]) => !ours.test(name))
  const lines = [['host', host], ['connection', 'close'], ['accept', '*/*'], ['user-agent', 'node'], ...given]
  return `GET ${pathname}${search} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

async function* bodyOf(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  bytes: number,
  socket: LinkSocket,
  deadline: Deadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let left = bytes
    const cut = (chunk: Uint8Array) => {
      const own = chunk.subarray(0, left)
      left -= own.length
      return own
    }
    yield cut(first)
    if (left === 0) return
    for await (const chunk of rest) {
      yield cut(chunk)
      if (left === 0) return
    }
  } finally {
    socket.close()
    deadline.close()
  }
}
