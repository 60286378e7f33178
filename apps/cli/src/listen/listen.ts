import type { Backhaul } from '@backhaul/sdk'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../rules/exit-codes.ts'
import { createExchanges, type ExchangePorts } from './exchange.ts'

interface ListenOptions {
  endpoint: { id: string }
  forwardTo: string
  session: string | undefined
}

/**
 * Forwards deliveries until `stopping`, over one connection after the other, and ends when those in progress are answered.
 * Throws CommandError when the service says not to connect again, and what the SDK throws when it is refused.
 */
export async function listen(
  ports: ExchangePorts & { client: Backhaul },
  options: ListenOptions,
  stopping: AbortSignal,
): Promise<void> {
  const { client, say } = ports
  const exchanges = createExchanges(ports, options)
  let connections = 0
  try {
    const messages = client.endpoints.connect(options.endpoint.id, {
      signal: stopping,
      onConnect() {
        connections += 1
        if (connections > 1) say.note('Reconnected.')
      },
      onReconnect({ error, delayMs }) {
        say.note(
          `The connection ended (${error.message}). Reconnecting in ${(delayMs / 1000).toFixed(1)} s; nothing is lost.`,
        )
        // The first one may be late, too.
        connections = Math.max(1, connections)
      },
    })
    for await (const { type, data } of messages) {
      if (type === 'closed') throw new CommandError(data.detail, exitCodes.refused)
      if (!stopping.aborted) exchanges.take(data)
    }
  } catch (error) {
    if (!stopping.aborted) throw error
  } finally {
    if (exchanges.inHand() > 0) say.note(`Stopping when ${exchanges.inHand()} deliveries in progress are answered.`)
    await exchanges.settled()
  }
}
