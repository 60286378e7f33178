import type { FollowOptions } from '../events/follow.ts'
import { EndpointsCalls } from '../generated/calls.ts'
import type { ConnectionClosed, DeliveryMessage } from '../generated/types.ts'
import { path } from '../rules/path.ts'

export type ConnectedMessage =
  | { type: 'delivery'; data: DeliveryMessage }
  /** The service says not to connect again; nothing comes after it. */
  | { type: 'closed'; data: ConnectionClosed }

export class Endpoints extends EndpointsCalls {
  /**
   * The deliveries of an endpoint of kind `stream`, over one connection after the other. Answer each with `deliveries.respond` within
   * 20 seconds.
   *
   * @throws BackhaulError when the service refuses it
   */
  async *connect(id: string, options: FollowOptions = {}): AsyncGenerator<ConnectedMessage, void, undefined> {
    const { follow } = await import('../events/follow.ts')
    const url = path`/v1/webhook-endpoints/${id}/connect`
    for await (const { event, data } of follow(this.transport, url, options)) {
      yield { type: event, data: JSON.parse(data) } as ConnectedMessage
      if (event === 'closed') return
    }
  }
}
