import { eventTypeNames, secretOverlapSeconds, signatureSchemes } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf, ref, textMap } from './shapes.ts'

export const OlderSecretSchema = Type.Object(
  { hint: Type.String({ description: 'As `secretHint`.' }), expiresAt: instant('Until then it signs.') },
  { $id: 'OlderSecret', description: 'A secret, or key, that another one has replaced.', ...closed },
)

const fields = {
  id: id('whe', 'endpoint'),
  kind: oneOf(['http', 'stream'], { description: '`stream`: the receiver connects, and nothing is sent to a URL.' }),
  url: nullable(Type.String(), { description: 'Null for a stream.' }),
  description: nullable(Type.String(), { description: 'For people; null: none.' }),
  eventTypes: Type.Array(oneOf(eventTypeNames), { description: 'Empty: all.' }),
  state: oneOf(['enabled', 'disabled'], { description: '`disabled`: nothing is sent, its events wait.' }),
  disabledReason: nullable(Type.String(), { description: 'Why, for people; null: it is enabled.' }),
  disabledAt: nullable(instant('Since when.')),
  secretHint: Type.String({ description: 'Enough of the secret, or public key, to tell it from others.' }),
  olderSecrets: Type.Array(ref(OlderSecretSchema), {
    description: 'Those before it that still sign beside it, the one that signs longest first.',
  }),
  headers: textMap({ description: 'Static header fields of every delivery. Their values are never shown.' }),
  signatureScheme: oneOf(signatureSchemes, { description: '`v1`: HMAC-SHA256. `v1a`: Ed25519.' }),
  publicKey: nullable(Type.String(), { description: 'With `v1a`: verifies signatures, `whpk_…`.' }),
  maximumDeliveriesPerSecond: nullable(Type.Number(), { description: 'Null: as many as it takes.' }),
  verification: oneOf(['none', 'pending', 'verified'], {
    description: 'Whether it has to answer `endpoint.verification` before its first event, and has.',
  }),
  failingSince: nullable(instant('Nothing has succeeded since then, and something has failed.')),
  createdAt: instant('When it was created.'),
}

export const EndpointSchema = Type.Object(fields, {
  $id: 'Endpoint',
  description: "Where a tenant's webhooks go.",
  ...closed,
})
export const EndpointPageSchema = pageSchema('EndpointPage', EndpointSchema)

export const ShownEndpointSchema = Type.Object(
  {
    ...fields,
    secret: nullable(Type.String(), {
      description: 'Verifies signatures (Standard Webhooks). Shown this once. Null with `v1a`, where `publicKey` does.',
    }),
  },
  { $id: 'ShownEndpoint', description: 'An endpoint with its secret.', ...closed },
)

const milliseconds = (description: string) => nullable(Type.Number({ minimum: 0 }), { description })

export const RecentAttemptSchema = Type.Object(
  {
    startedAt: instant('When it began.'),
    durationMs: Type.Number({ minimum: 0, description: 'Milliseconds.' }),
    status: nullable(Type.Integer(), { description: 'HTTP status; null when no status line came.' }),
  },
  { $id: 'RecentAttempt', description: 'An attempt of a delivery, in short.', ...closed },
)

export const EndpointStatsSchema = Type.Object(
  {
    endpointId: id('whe', 'endpoint'),
    attempts: Type.Integer({ minimum: 0, description: 'How many these figures are of: the last ones, 50 at most.' }),
    succeeded: Type.Integer({ minimum: 0, description: 'Of them, those that were answered with a 2xx.' }),
    medianMs: milliseconds('Half of them took so long at most; null: there were none.'),
    p95Ms: milliseconds('95 % of them took so long at most; null: there were none.'),
    recent: Type.Array(ref(RecentAttemptSchema), { description: 'These attempts, the newest first.' }),
  },
  { $id: 'EndpointStats', description: "How an endpoint's last attempts went.", ...closed },
)
export const EndpointStatsPageSchema = pageSchema('EndpointStatsPage', EndpointStatsSchema)

/** The fields that a client may also change later. */
const changeable = {
  eventTypes: Type.Array(oneOf(eventTypeNames), {
    maxItems: 100,
    default: [],
    description: 'Empty: all. Wakes and decisions are always delivered.',
  }),
  description: nullable(Type.String({ maxLength: 500 }), { description: 'For people.' }),
  headers: nullable(textMap({ maxProperties: 32 }), {
    description:
      'Sent with every delivery, such as `Authorization`; kept sealed. Not those that the service sets itself.',
  }),
  maximumDeliveriesPerSecond: nullable(Type.Number({ minimum: 0.01, maximum: 1000 }), {
    description: 'Null: as many as it takes.',
  }),
}

const url = Type.String({ maxLength: 8192, description: 'https; http only where the operator allows it.' })

const secret = Type.String({
  maxLength: 200,
  description: '`whsec_` and the base64 of 24 to 64 bytes; one is made if there is none. Only with `v1`.',
})

export const GivenEndpointSchema = Type.Object(
  {
    kind: Type.Optional(
      oneOf(['http', 'stream'], {
        default: 'http',
        description: '`stream`: the receiver connects to `GET …/{id}/connect`, and there is no `url`.',
      }),
    ),
    url: Type.Optional(
      Type.String({ maxLength: 8192, description: 'https; http only where the operator allows it. Not for a stream.' }),
    ),
    ...Type.Partial(Type.Object(changeable)).properties,
    secret: Type.Optional(secret),
    signatureScheme: Type.Optional(
      oneOf(signatureSchemes, {
        default: 'v1',
        description: '`v1`: HMAC-SHA256 with a shared secret. `v1a`: Ed25519; the receiver needs the public key only.',
      }),
    ),
    verification: Type.Optional(
      oneOf(['none', 'challenge'], {
        description:
          '`challenge`: nothing is sent before the receiver has answered `endpoint.verification`. The default is the operator’s. Not for a stream.',
      }),
    ),
  },
  { $id: 'GivenEndpoint', description: 'An endpoint that is to be made.', ...closed },
)

export const ChangeEndpointSchema = Type.Partial(Type.Object({ url, ...changeable }), {
  $id: 'ChangeEndpoint',
  description: 'What is not named stays as it is; null takes it away.',
  minProperties: 1,
  ...closed,
})

export const RotateSecretSchema = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: secretOverlapSeconds.least,
        maximum: secretOverlapSeconds.most,
        default: secretOverlapSeconds.default,
        description: 'How long the secrets before it go on to sign as well.',
      }),
    ),
    secret: Type.Optional(secret),
  },
  { $id: 'RotateSecret', description: 'How the secret of an endpoint is replaced.', ...closed },
)

export const TestEndpointSchema = Type.Object(
  { type: Type.Optional(oneOf(eventTypeNames, { description: 'Of the event that an example is wanted of.' })) },
  { $id: 'TestEndpoint', description: 'What the test event is to hold.', ...closed },
)

export const SentTestSchema = Type.Object(
  { eventId: id('evt', 'event'), deliveryId: id('dlv', 'delivery') },
  { $id: 'SentTest', description: 'The event of a test, on its way.', ...closed },
)
