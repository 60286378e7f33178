import type { OnReadOpts } from 'node:net'
import type { Deadline } from '../http/deadline.ts'
import { node } from './node-modules.ts'

/** What the kernel gives at once, at most. With less, every byte costs a tenth more CPU. */
const readBytes = 256 * 1024
/** So many reads may be ahead of who takes them. A TLS socket that is told to stop has some more. */
const maxAhead = 8

export interface LinkSocket {
  write(text: string): void
  /**
   * What comes, until the other side ends. A chunk is good until the next one is asked for: its memory is used again, which saves
   * two thirds of the CPU. Throws what ended the connection. Only the time spent waiting for a chunk counts.
   */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>
  close(): void
}

/** Begins to connect to the host of the URL. The deadline ends it; that is the caller's to close. */
export async function openLinkSocket({ protocol, hostname, port }: URL, deadline: Deadline): Promise<LinkSocket> {
  const [net, tls] = await Promise.all([node('net'), node('tls')])
  const { signal } = deadline
  const free: Uint8Array[] = []
  const ahead: { bytes: Uint8Array; memory: Uint8Array }[] = []
  let isPaused = false
  let hasEnded = false
  let failure: unknown
  let wake = () => {}
  const onread: OnReadOpts = {
    buffer: () => free.pop() ?? new Uint8Array(readBytes),
    callback(count, memory) {
      ahead.push({ bytes: memory.subarray(0, count), memory })
      isPaused ||= ahead.length >= maxAhead
      wake()
      return !isPaused
    },
  }
  // IPv6 has brackets in a URL.
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const to = { host, port: Number(port || (isTls ? 443 : 80)), onread }
  // The types do not know that TLS sockets read in this way, too.
  const secure = { ...to, ...(net.isIP(host) ? {} : { servername: host }) } as object
  const socket = isTls ? tls.connect(secure) : net.connect(to)
  const stop = () => void socket.destroy()
  const end = (error?: unknown) => {
    failure ??= error
    hasEnded = true
    wake()
  }
  socket.on('error', end)
  socket.on('end', () => end())
  socket.on('close', () => {
    signal.removeEventListener('abort', stop)
    end()
  })
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)

  return {
    write: (text) => void socket.write(text, 'latin1'),
    close: () => void socket.destroy(),
    async *chunks() {
      for (;;) {
        deadline.lift()
        for (let next = ahead.shift(); next && !signal.aborted; next = ahead.shift()) {
          yield next.bytes
          free.push(next.memory)
          if (!isPaused || ahead.length > maxAhead / 2) continue
          isPaused = false
          socket.resume()
        }
        if (signal.aborted) throw signal.reason
        if (failure) throw failure
        if (hasEnded) return
        deadline.extend()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
