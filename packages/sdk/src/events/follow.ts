import { BackhaulError } from '../errors.ts'
import { unexpected } from '../http/error-of-response.ts'
import { readBody } from '../http/read-body.ts'
import { sleep } from '../http/sleep.ts'
import { connectionError, type Transport } from '../http/transport.ts'
import { reconnectDelayMs } from '../rules/reconnect.ts'
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts'

export interface FollowOptions {
  /** Ends the stream; reading then rejects with the signal's reason. Leaving the loop ends it, too. */
  signal?: AbortSignal | undefined
  /** Called when a connection is open: the first, and each one after that. */
  onConnect?: (() => void) | undefined
  /** Called when the connection ended, with what ended it and the delay before the next one. */
  onReconnect?: ((why: { error: BackhaulError; delayMs: number }) => void) | undefined
}

/** The service sends a comment every 15 s, so a connection that is silent for this long is dead. */
const silenceMs = 45_000

export type IdentifiedEvent = ServerSentEvent & {
  /** The newest id of the stream, to go on behind this message; null: none has come. */
  lastEventId: string | null
}

/** Messages for ever, over one connection after the other, each behind the last id of the one before. Throws when it is refused. */
export async function* follow(
  transport: Transport,
  path: string,
  { signal, onConnect, onReconnect }: FollowOptions,
): AsyncGenerator<IdentifiedEvent, void, undefined> {
  let lastEventId: string | null = null
  let failures = 0
  let connected = false
  for (;;) {
    let error: BackhaulError
    try {
      const headers = { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) }
      const { response, deadline } = await transport.open(path, { signal, headers, redirect: 'manual' })
      if (!/^text\/event-stream/.test(response.headers.get('content-type') ?? '')) {
        deadline.close()
        throw new BackhaulError(unexpected(response, ''))
      }
      connected = true
      onConnect?.()
      const chunks = heard(readBody(response.body!, deadline, silenceMs), () => (failures = 0))
      const messages = readServerSentEvents(chunks, (id) => (lastEventId = id))
      for await (const message of messages) yield { ...message, lastEventId }
      error = connectionError('the service ended it', path, false)
    } catch (caught) {
      if (signal?.aborted) throw signal.reason
      error = caught instanceof BackhaulError ? caught : connectionError(caught, path, false)
      if (isFinal(error, connected)) throw error
    }
    const delayMs = reconnectDelayMs(++failures, error.retryAfterMs, Math.random())
    onReconnect?.({ error, delayMs })
    await sleep(delayMs, signal)
  }
}

/** A stream that has just broken off may count for the quota of streams for a while. */
function isFinal({ status, code }: BackhaulError, connected: boolean): boolean {
  if (status === 429) return code === 'quota_exceeded' && !connected
  return status > 0 && status < 500 && status !== 408
}

async function* heard(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onChunk()
    yield chunk
  }
}
