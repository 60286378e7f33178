import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiRefusal, commandErrorOf, isFinal, reasonOf } from './api.ts'
import { createExchanges, type ExchangePorts, type Exchanges } from './exchange.ts'
import type { IncomingDelivery } from './forward.ts'
import { reconnectDelayMs } from './reconnect.ts'
import { readServerSentEvents } from './server-sent-events.ts'
import { CommandError } from './terminal.ts'

interface ListenPorts extends ExchangePorts {
  random(): number
}
interface ListenOptions {
  endpoint: { id: string }
  forwardTo: string
  session: string | undefined
}

/** The service sends a comment at least every 15 s, so a connection that is silent for this long is dead. */
const silenceMs = 45_000

/**
 * Forwards deliveries until `stopping`, over one connection after the other, and ends when those in progress are answered.
 * Throws CommandError when the service refuses it.
 */
export async function listen(ports: ListenPorts, options: ListenOptions, stopping: AbortSignal): Promise<void> {
  const { api, say, random } = ports
  const exchanges = createExchanges(ports, options)
  let failures = 0
  try {
    while (!stopping.aborted) {
      let waitMs: number | null = null
      const why = await connection(api, options.endpoint.id, exchanges, stopping, () => {
        if (failures > 0) say.note('Reconnected.')
        failures = 0
      }).catch((error: unknown) => {
        if (isFinal(error) || error instanceof CommandError) throw commandErrorOf(error)
        if (error instanceof ApiRefusal) waitMs = error.retryAfterMs
        return reasonOf(error)
      })
      if (stopping.aborted) break
      failures += 1
      const delayMs = Math.max(waitMs ?? 0, reconnectDelayMs(failures, random()))
      say.note(`The connection ended (${why}). Reconnecting in ${(delayMs / 1000).toFixed(1)} s; nothing is lost.`)
      await sleep(delayMs, undefined, { signal: stopping }).catch(() => {})
    }
  } finally {
    if (exchanges.inHand() > 0) say.note(`Stopping when ${exchanges.inHand()} deliveries in progress are answered.`)
    await exchanges.settled()
  }
}

/** Runs one connection to its end and returns why it ended. Throws CommandError when the service says not to reconnect. */
async function connection(
  api: Api,
  endpointId: string,
  exchanges: Exchanges,
  stopping: AbortSignal,
  onOpen: () => void,
): Promise<string> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error('nothing was heard')), silenceMs)
  try {
    const signal = AbortSignal.any([stopping, silence.signal])
    const body = await api.stream(`/v1/webhook-endpoints/${endpointId}/connect`, signal)
    onOpen()
    for await (const { event, data } of readServerSentEvents(body, () => timer.refresh())) {
      if (event === 'closed') throw new CommandError((JSON.parse(data) as { detail: string }).detail)
      if (event === 'delivery' && !stopping.aborted) exchanges.take(JSON.parse(data) as IncomingDelivery)
    }
    return 'the service ended it'
  } finally {
    clearTimeout(timer)
  }
}
