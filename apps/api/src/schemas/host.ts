import { hostStates } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, instant, nullable, oneOf, ref } from './shapes.ts'

export const HostConnectionsSchema = Type.Object(
  {
    yours: Type.Integer({ minimum: 0, description: 'Of your tasks that are under way.' }),
    limit: Type.Integer({ minimum: 1, description: 'For all clients of the service together.' }),
  },
  { $id: 'HostConnections', description: 'Connections to a host.', ...closed },
)

export const HostSchema = Type.Object(
  {
    host: Type.String({ description: 'As tasks have it: in lower case, with its port unless it is that of https.' }),
    state: oneOf(hostStates, {
      description:
        '`backingOff`: it asked for time. `circuitOpen`: nobody was there. `halfOpen`: one request at a time tries it.',
    }),
    blockedUntil: nullable(instant('Nobody begins there before; null: it is not blocked.')),
    downSince: nullable(
      instant('When the first of the connections in a row that failed did; null: it has answered since.'),
    ),
    reason: nullable(Type.String({ description: 'Of the last decision; null: there was none.' })),
    decidedAt: nullable(instant('When that was.')),
    bytesPerSecond: nullable(
      Type.Number({ minimum: 0, description: 'Of one transfer, measured and smoothed; null: not known yet.' }),
    ),
    singleConnectionUntil: nullable(
      instant(
        'A download has one connection there until then, because the host has refused a second one (429, 503, a reset) within the ' +
          'last hour; null: as many as help.',
      ),
    ),
    connections: ref(HostConnectionsSchema),
    waitingTasks: Type.Integer({ minimum: 0, description: 'Yours.' }),
  },
  { $id: 'Host', description: 'How the service treats a host, for all of its clients alike.', ...closed },
)

export const HostPageSchema = pageSchema('HostPage', HostSchema)
