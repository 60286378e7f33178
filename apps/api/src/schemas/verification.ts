import { Type } from 'typebox'
import { closed, id, instant, oneOf, ref } from './shapes.ts'

export const EndpointVerificationDataSchema = Type.Object(
  { endpointId: id('whe', 'endpoint'), challenge: Type.String({ description: 'To be repeated in the answer.' }) },
  { $id: 'EndpointVerificationData', description: 'What the receiver is asked.', ...closed },
)

export const EndpointVerificationSchema = Type.Object(
  {
    id: id('att', 'attempt; another one each time'),
    type: oneOf(['endpoint.verification'], { description: 'What tells it from events.' }),
    timestamp: instant('When it was asked.'),
    data: ref(EndpointVerificationDataSchema),
  },
  {
    $id: 'EndpointVerification',
    description: 'Asked before the first event of an endpoint that must be verified, and again at a new URL.',
    ...closed,
  },
)

export const EndpointVerificationAnswerSchema = Type.Object(
  { challenge: Type.String({ description: 'As it came.' }) },
  { $id: 'EndpointVerificationAnswer', description: 'Until it comes, events wait. Further members do not matter.' },
)
