import type { DeliveryStore, OutgoingDelivery } from '../deliveries/delivery-store.ts'
import type { WebhookAnswer, WebhookSender } from '../deliveries/webhook-sender.ts'
import type { ExchangeStore } from './connection-store.ts'
import type { ExchangeWaits } from './pending-answers.ts'
import type { DeliveryConnection } from './receiver-connection.ts'

export interface StreamLane {
  /** Whether anything was sent. */
  hasSent(): boolean
  store: DeliveryStore
  sender: WebhookSender
}

/**
 * What `deliverLane` needs to send a lane over a receiver's connection instead of by POSTs. One delivery is in hand at a
 * time. Its answer is recorded by the process that gets it (answer-delivery.ts), so that it is on record when the receiver is told
 * so; only that none came is recorded from here.
 */
export function createStreamLane(
  { store, waits }: { store: DeliveryStore & Pick<ExchangeStore, 'noteHeaders'>; waits: ExchangeWaits },
  connectionId: string,
  connection: DeliveryConnection,
  /** Aborted when another connection has taken the lane over. */
  lost: AbortSignal,
): StreamLane {
  let inHand: OutgoingDelivery | null = null
  let isRecorded = false
  let isTaken = false
  let hasSent = false
  const hold = (run: OutgoingDelivery[]) => {
    inHand = run[0] ?? null
    isRecorded = false
    isTaken = false
    return run
  }
  return {
    hasSent: () => hasSent,
    store: {
      ...store,
      // Whoever has gone away is sent nothing more, and nothing of it is charged.
      takeHeads: async (lane) => hold(connection.isOpen() ? await store.takeHeads(lane, 1, connectionId) : []),
      async recordAttempts(run, random, most) {
        const goesOn = most !== null && most > 0 && connection.isOpen()
        const { sessionId, endpointId } = inHand!
        if (isRecorded) return hold(goesOn ? await store.takeHeads({ sessionId, endpointId }, 1, connectionId) : [])
        // Whoever took over takes what is in hand; what was taken too late for that is given back. Neither is charged.
        if (isTaken) return hold(await store.recordAttempts({ sent: [], unsent: [inHand!] }, random, 0))
        return hold(await store.recordAttempts(run, random, most === null ? null : goesOn ? 1 : 0))
      },
    },
    sender: {
      async post({ headers, timeoutMs, signal }) {
        const delivery = inHand!
        await store.noteHeaders(delivery, headers)
        const answered = waits.wait(delivery, timeoutMs, lost, signal)
        connection.deliver(delivery, headers)
        hasSent = true
        const end = await answered
        isRecorded = end.kind === 'recorded'
        isTaken = end.kind === 'taken'
        if (end.kind === 'recorded') return noBody(end.status, null)
        if (end.kind === 'taken') return noBody(null, 'another connection took over')
        const seconds = timeoutMs / 1000
        return noBody(
          null,
          connection.isOpen() ? `timedOut: no answer came in ${seconds} s` : 'the connection was lost',
        )
      },
    },
  }
}

function noBody(status: number | null, error: string | null): WebhookAnswer {
  return { status, error, body: '', retryAfterSeconds: null }
}
