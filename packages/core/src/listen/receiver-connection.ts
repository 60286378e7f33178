import type { OutgoingDelivery } from '../deliveries/delivery-store.ts'
import { connectedComment, heartbeat, message } from '../events/rules/sse-frames.ts'
import { createWakeup } from '../kernel/wakeup.ts'
import type { ConnectionEnd } from './connection-store.ts'

const heartbeatMs = 15_000

/** The text that tells a receiver why its connection ends. */
const endReasons: Record<ConnectionEnd, string> = {
  replaced: 'Another connection of this endpoint has been opened. Deliveries go there.',
  disabled: 'The endpoint has been disabled.',
  deleted: 'The endpoint has been deleted.',
  unauthorized: 'The API key may no longer be used for this.',
}

/** The text of one receiver's connection: deliveries as they are sent, and a comment when there are none. */
export interface ReceiverConnection {
  /** The text to send. Ask for more only when the receiver has taken what it was given. */
  frames: AsyncGenerator<string>
  isOpen(): boolean
  deliver(delivery: OutgoingDelivery, headers: Record<string, string>): void
  /** For how long the receiver has not taken what was given last, in ms; 0: it waits for more. */
  untakenMs(): number
  /** No more deliveries. `reason` is told to the receiver; absent: it may connect again. Harmless when said again. */
  end(reason?: ConnectionEnd): void
}

export function createReceiverConnection(nowMs: () => number): ReceiverConnection {
  let texts: string[] = []
  let givenAt: number | null = null
  let ended = false
  const wakeup = createWakeup<'text' | 'end'>()
  const say = (text: string) => {
    texts.push(text)
    wakeup.notify('text')
  }

  function* give(text: string) {
    givenAt = nowMs()
    yield text
    givenAt = null
  }

  async function* frames() {
    yield* give(connectedComment)
    for (;;) {
      const said = texts
      texts = []
      for (const text of said) yield* give(text)
      if (texts.length > 0) continue
      if (ended) return
      if ((await wakeup.wait(heartbeatMs)).size === 0) yield* give(heartbeat)
    }
  }

  return {
    frames: frames(),
    isOpen: () => !ended,
    deliver({ deliveryId, eventId, attempts: attempt, body }, headers) {
      say(message({ event: 'delivery', data: { deliveryId, eventId, attempt, headers, body } }))
    },
    untakenMs: () => (givenAt === null ? 0 : nowMs() - givenAt),
    end(reason) {
      if (ended) return
      ended = true
      if (reason !== undefined) texts = [message({ event: 'closed', data: { reason, detail: endReasons[reason] } })]
      wakeup.notify('end')
    },
  }
}
