import { finished, Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** A stream of text that goes on until its client or the service ends it. */
interface OpenedFrames {
  /** Server-sent events, taken as the socket has room for them. */
  frames: AsyncIterable<string>
  /** Aborted when the connection is to be closed at once. */
  cut: AbortSignal
  /** To be called when the connection has closed. */
  closed(): void
}

/** Of a stream's text that its reader has not taken; the rest stays in the database. Node's socket holds 64 KiB besides. */
const bufferBytes = 16 * 1024

/** Answers with server-sent events (WHATWG HTML §9.2) for as long as the connection lasts. */
export function sendFrames(reply: FastifyReply, { frames, cut, closed }: OpenedFrames) {
  const text = Readable.from(frames, { objectMode: false, highWaterMark: bufferBytes })
  // Not with the text, which would end only with its next word.
  finished(reply.raw, () => closed())
  cut.addEventListener('abort', () => text.destroy())
  return reply
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // The connection ends with the stream: nobody waits at a shutdown for another request on it.
      connection: 'close',
    })
    .send(text)
}
