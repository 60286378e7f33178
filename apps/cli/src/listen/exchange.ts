import type { Backhaul, GivenAnswer } from '@backhaul/sdk'
import type { ForwardedEvent } from '../rules/forwarded-event.ts'
import { type ForwardedResponse, forward, type IncomingDelivery } from './forward.ts'

export interface ExchangePorts {
  client: Pick<Backhaul, 'deliveries'>
  say: { event(event: ForwardedEvent): void; note(text: string): void }
}

/** Of an attempt to carry a response back. */
const timeoutMs = 15_000
/** The maximum of kept responses that could not be carried back. */
const keptResponses = 1_000

export interface Exchanges {
  /** Forwards a delivery and carries the response back. Never throws. */
  take(delivery: IncomingDelivery): void
  /** The number of deliveries in progress. */
  inHand(): number
  /** Resolves when no delivery is in progress. */
  settled(): Promise<void>
}

/**
 * A connection that breaks does not make the target hear of an event twice: what comes again while it is in hand is answered
 * together, and a 2xx that could not be carried back is kept and given when its delivery comes again.
 */
export function createExchanges(
  { client, say }: ExchangePorts,
  { forwardTo, session }: { forwardTo: string; session: string | undefined },
): Exchanges {
  const inHand = new Map<string, { cameAgain: boolean; done: Promise<void> }>()
  const kept = new Map<string, ForwardedResponse>()

  const carry = async (delivery: IncomingDelivery): Promise<void> => {
    const { deliveryId, eventId, attempt } = delivery
    const { type, session: of } = readEvent(delivery.body)
    const time = new Date()
    const startedMs = performance.now()
    const isWanted = session === undefined || of === session
    const response = kept.get(deliveryId) ?? (isWanted ? await forward(delivery, forwardTo) : { status: 204 })
    const durationMs = performance.now() - startedMs
    if (isWanted) {
      const { status, error = null } = response
      if (!kept.has(deliveryId))
        say.event({ time, type, eventId, deliveryId, attempt, session: of, status, error, durationMs })
    } else say.note(`${type} of ${of ?? 'no session'} was acknowledged and not forwarded`)
    const back = await carryBack(deliveryId, response)
    if (back === 'recorded') kept.delete(deliveryId)
    else keep(deliveryId, response)
  }

  const carryBack = async (deliveryId: string, response: ForwardedResponse): Promise<'recorded' | 'not recorded'> => {
    for (;;) {
      const hand = inHand.get(deliveryId)!
      hand.cameAgain = false
      try {
        // It is sent again when its delivery comes again, which is soon enough.
        await client.deliveries.respond(deliveryId, response as GivenAnswer, { maxRetries: 0, timeoutMs })
        return 'recorded'
      } catch (error) {
        // It came over another connection while the response was on its way.
        if (hand.cameAgain) continue
        say.note(
          `A response was not accepted; its delivery will be sent again (${deliveryId}: ${(error as Error).message})`,
        )
        return 'not recorded'
      }
    }
  }

  const keep = (deliveryId: string, response: ForwardedResponse) => {
    const isReceived = response.status !== null && response.status >= 200 && response.status < 300
    if (!isReceived) return
    kept.set(deliveryId, response)
    const [oldest] = kept.keys()
    if (kept.size > keptResponses) kept.delete(oldest!)
  }

  return {
    take(delivery) {
      const { deliveryId } = delivery
      const hand = inHand.get(deliveryId)
      if (hand) {
        hand.cameAgain = true
        return
      }
      const begun = { cameAgain: false, done: Promise.resolve() }
      inHand.set(deliveryId, begun)
      begun.done = carry(delivery).finally(() => inHand.delete(deliveryId))
    },
    inHand: () => inHand.size,
    async settled() {
      await Promise.allSettled([...inHand.values()].map(({ done }) => done))
    },
  }
}

function readEvent(body: string): { type: string; session: string | null } {
  const event = JSON.parse(body) as { type: string; sessionIdentifier?: string | null }
  return { type: event.type, session: event.sessionIdentifier ?? null }
}
