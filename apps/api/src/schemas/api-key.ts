import { keyOverlapSeconds, maxSourceRanges, scopes } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf, ref } from './shapes.ts'

const name = Type.String({ minLength: 1, maxLength: 200, description: 'For people.' })
const range = Type.String({
  maxLength: 64,
  description: 'A block of addresses (`203.0.113.0/24`, `2001:db8::/32`), or one address.',
})

/** The text of a key, as responses that create one have it. */
export const secretKey = Type.String({ description: 'The key itself (`bh_…`). Shown this once.' })

export const ApiKeySchema = Type.Object(
  {
    id: id('key', 'API key'),
    name,
    scopes: Type.Array(oneOf(scopes), { description: 'What it may do. No scope implies another.' }),
    hint: nullable(Type.String(), {
      description: "The key's last four characters; null: it is older than hints.",
    }),
    createdAt: instant('When it was created.'),
    createdBy: Type.String({ description: 'The id of the key that it was created with, or `operator`.' }),
    expiresAt: nullable(instant('When it stops working.'), { description: 'Null: never.' }),
    lastUsedAt: nullable(instant('When a request with it last began, true to a minute.'), {
      description: 'Null: never. Of a stream, the moment when it was opened.',
    }),
    revokedAt: nullable(instant('When it was revoked.'), { description: 'Null: it was not.' }),
    allowedCidrs: nullable(Type.Array(range), {
      description: 'The address ranges that requests with it may come from. Null: anywhere.',
    }),
    replacedBy: nullable(id('key', 'key that it was rotated into'), { description: 'Null: it was not rotated.' }),
  },
  { $id: 'ApiKey', description: 'It works while it is neither revoked nor expired.', ...closed },
)
export const ApiKeyPageSchema = pageSchema('ApiKeyPage', ApiKeySchema)

export const GivenApiKeySchema = Type.Object(
  {
    name,
    scopes: Type.Array(oneOf(scopes), {
      minItems: 1,
      maxItems: scopes.length,
      uniqueItems: true,
      description: 'Only those that the key has which creates it; operators may give all.',
    }),
    expiresAt: Type.Optional(instant('When it stops working; without it, never.')),
    allowedCidrs: Type.Optional(
      Type.Array(range, {
        minItems: 1,
        maxItems: maxSourceRanges,
        description: 'Requests with the key from other addresses are refused (403). Without it, none are.',
      }),
    ),
  },
  { $id: 'GivenApiKey', description: 'An API key that is to be made.', ...closed },
)

export const RotateApiKeySchema = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: keyOverlapSeconds.least,
        maximum: keyOverlapSeconds.most,
        default: keyOverlapSeconds.default,
        description: 'How long the key goes on to work beside the new one; 0: it ends at once.',
      }),
    ),
  },
  { $id: 'RotateApiKey', description: 'How an API key is replaced.', ...closed },
)

export const CreatedApiKeySchema = Type.Object(
  { apiKey: secretKey, key: ref(ApiKeySchema) },
  { $id: 'CreatedApiKey', description: 'A new API key, with its text.', ...closed },
)
