import { Type } from 'typebox'
import { closed, id, instant, nullable, oneOf } from './shapes.ts'

export const RecoverySchema = Type.Object(
  {
    id: id('rec', 'recovery'),
    endpointId: id('whe', 'endpoint'),
    state: oneOf(['running', 'completed', 'canceled'], {
      description: 'Canceled: the endpoint was disabled or deleted meanwhile.',
    }),
    since: instant('The beginning of the range.'),
    until: instant('The end of the range, not part of it.'),
    total: Type.Integer({ minimum: 0, description: "The tenant's events in the range when it began." }),
    examined: Type.Integer({ minimum: 0, description: 'Events that were looked at so far.' }),
    queued: Type.Integer({ minimum: 0, description: 'Deliveries that were started again or made so far.' }),
    createdAt: instant('When it began.'),
    endedAt: nullable(instant('When it ended.')),
  },
  { $id: 'Recovery', description: 'A range of events that is delivered again to an endpoint.', ...closed },
)

export const GivenRecoverySchema = Type.Object(
  {
    since: instant('Events from then on; at most 30 days ago.'),
    until: Type.Optional(instant('Events before then; default: now.')),
  },
  { $id: 'GivenRecovery', description: 'The range of events that is to be delivered again.', ...closed },
)
