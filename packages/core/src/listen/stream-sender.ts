import type { DeliveryStore, OutgoingDelivery } from '../deliveries/delivery-store.ts'
import type { DeliveryPorts } from '../deliveries/send-delivery-lane.ts'
import type { WebhookResponse } from '../deliveries/webhook-sender.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { PendingAnswers } from './pending-answers.ts'
import type { ReceiverConnection } from './receiver-connection.ts'

interface StreamSenderPorts {
  stores: { deliveries: DeliveryStore; listen: Pick<ConnectionStore, 'noteHeaders'> }
  waits: PendingAnswers
}

type StreamSender = Pick<DeliveryPorts, 'stores' | 'send'>

/**
 * The ports of `sendDeliveryLane` for sending over a receiver's connection instead of by POSTs. One delivery is in hand
 * at a time. Its answer is recorded by the process that gets it (answer-delivery.ts), so that it is recorded before the
 * receiver gets its response; only a missing answer is recorded from here.
 */
export function createStreamSender(
  { stores, waits }: StreamSenderPorts,
  connectionId: string,
  connection: ReceiverConnection,
  /** Aborted when another connection has taken the delivery lane over. */
  lost: AbortSignal,
): StreamSender {
  let inHand: OutgoingDelivery | null = null
  let isRecorded = false
  let isTaken = false
  const hold = (batch: OutgoingDelivery[]) => {
    inHand = batch[0] ?? null
    isRecorded = false
    isTaken = false
    return batch
  }
  return {
    stores: {
      deliveries: {
        ...stores.deliveries,
        // A connection that has closed is sent nothing more, and nothing is charged.
        leaseNextBatch: async (lane) =>
          hold(connection.isOpen() ? await stores.deliveries.leaseNextBatch(lane, 1, connectionId) : []),
        async recordBatch(batch, random, next) {
          const goesOn = next !== 'keepLease' && next > 0 && connection.isOpen()
          const { sessionId, endpointId } = inHand!
          if (isRecorded)
            return hold(
              goesOn ? await stores.deliveries.leaseNextBatch({ sessionId, endpointId }, 1, connectionId) : [],
            )
          // The new connection takes the delivery in hand; deliveries leased too late for that are given back. Neither
          // is charged.
          if (isTaken) return hold(await stores.deliveries.recordBatch({ sent: [], unsent: [inHand!] }, random, 0))
          return hold(await stores.deliveries.recordBatch(batch, random, next === 'keepLease' ? next : goesOn ? 1 : 0))
        },
      },
    },
    async send(delivery, { headers, timeoutMs, signal }) {
      await stores.listen.noteHeaders(delivery, headers)
      const answered = waits.wait(delivery, timeoutMs, lost, signal)
      connection.deliver(delivery, headers)
      const end = await answered
      isRecorded = end.kind === 'recorded'
      isTaken = end.kind === 'taken'
      if (end.kind === 'recorded') return noBody(end.status, null)
      if (end.kind === 'taken') return noBody(null, 'another connection took over')
      const seconds = timeoutMs / 1000
      return noBody(null, connection.isOpen() ? `timedOut: no answer came in ${seconds} s` : 'the connection was lost')
    },
  }
}

function noBody(status: number | null, error: string | null): WebhookResponse {
  return { status, error, body: '', retryAfterSeconds: null }
}
