import { scopes } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, id, instant, nullable, oneOf, ref } from './shapes.ts'

const secret = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 512, description }))

export const GivenSignInSchema = Type.Object(
  {
    key: secret("An API key, or the operator's token."),
    token: secret('What a one-time link has behind `#sign-in=`. It is used up.'),
  },
  {
    $id: 'GivenSignIn',
    description: 'What a browser signs in with.',
    exactlyOneOf: { key: 'SignInWithKey', token: 'SignInWithToken' },
    ...closed,
  },
)

export const SignedInTenantSchema = Type.Object(
  { id: id('ten', 'tenant'), name: Type.String({ description: 'For people.' }) },
  { $id: 'SignedInTenant', description: 'The tenant of a key.', ...closed },
)

export const SignInSchema = Type.Object(
  {
    id: nullable(id('sgn', 'sign-in'), { description: 'Null: the request came with the key or the token itself.' }),
    kind: oneOf(['key', 'operator'], { description: 'The holder of an API key, or an operator.' }),
    scopes: Type.Array(oneOf(scopes), { description: 'What the key may do. Empty for an operator.' }),
    tenant: nullable(ref(SignedInTenantSchema), { description: 'Null for an operator.' }),
    keyId: nullable(id('key', 'API key'), { description: 'Null for an operator.' }),
    expiresAt: nullable(
      instant('When the sign-in ends unless it is used before. Of a request without one, when its key does.'),
      { description: 'Null: never.' },
    ),
  },
  { $id: 'SignIn', description: 'Who sends a request.', ...closed },
)
