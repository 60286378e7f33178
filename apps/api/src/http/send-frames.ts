import { finished, Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** A text stream that lasts until its client or the service ends it. */
interface OpenedFrames {
  /** Server-sent events, pulled while the socket has room for them. */
  frames: AsyncIterable<string>
  /** Aborted when the connection is to be closed at once. */
  cut: AbortSignal
  /** To be called when the connection has closed. */
  closed(): void
}

/** The maximum of buffered text that a reader has not taken; the rest stays in the database. Node's socket buffers 64 KiB more. */
const bufferBytes = 16 * 1024

/** Responds with server-sent events (WHATWG HTML §9.2) for as long as the connection lasts. */
export function sendFrames(reply: FastifyReply, { frames, cut, closed }: OpenedFrames) {
  const text = Readable.from(frames, { objectMode: false, highWaterMark: bufferBytes })
  // Watch the response, not the text: the text would notice a closed connection only at its next chunk.
  finished(reply.raw, () => closed())
  cut.addEventListener('abort', () => text.destroy())
  return reply
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // Close the connection with the stream, so that a shutdown does not wait for another request on it.
      connection: 'close',
    })
    .send(text)
}
