import { dispositions } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, nullable, oneOf, ref } from './shapes.ts'
import { GivenRequestSchema } from './task-input.ts'

export const ChallengeSchema = Type.Object(
  {
    status: Type.Integer({ enum: [401, 407], description: 'What the origin answered.' }),
    host: Type.String({ description: 'The host of the request, with its port unless it is the scheme’s.' }),
    schemes: Type.Array(Type.String(), {
      maxItems: 8,
      description: 'In lower case, in the order of `WWW-Authenticate`; empty when it is missing or not understood.',
    }),
    realm: nullable(Type.String({ maxLength: 256 }), { description: 'Of the first scheme that has one.' }),
  },
  { $id: 'Challenge', description: 'What an origin wants to see before it answers.', ...closed },
)

const text = { maxLength: 4096 }

export const CredentialSchema = Type.Object(
  {
    scheme: Type.Optional(
      oneOf(['basic', 'bearer'], { description: 'Without it, `bearer` with a `token`, otherwise `basic`.' }),
    ),
    user: Type.Optional(Type.String({ ...text, description: 'With `basic`, without a colon.' })),
    username: Type.Optional(Type.String({ ...text, description: 'The same as `user`; one of them is given.' })),
    password: Type.Optional(Type.String({ ...text, description: 'With `basic`.' })),
    token: Type.Optional(Type.String({ ...text, description: 'With `bearer`.' })),
  },
  {
    $id: 'Credential',
    description: "Sent to the task's host in the `Authorization` header, and nowhere else.",
    ...closed,
  },
)

const use = 'At most 16 KiB of JSON. Any other answer cannot be used and is asked for again.'

export const DelayedRequestAnswerSchema = Type.Object(
  {
    disposition: oneOf(dispositions.delayedRequest),
    request: Type.Optional(ref(GivenRequestSchema)),
  },
  { $id: 'DelayedRequestAnswer', description: `With \`useNewRequest\`, the whole new \`request\`. ${use}`, ...closed },
)

export const AuthenticationChallengeAnswerSchema = Type.Object(
  {
    disposition: oneOf(dispositions.authenticationChallenge),
    credential: Type.Optional(ref(CredentialSchema)),
  },
  {
    $id: 'AuthenticationChallengeAnswer',
    description: `With \`useCredential\`, the \`credential\`. ${use}`,
    ...closed,
  },
)

/** What a receiver answers to an event that asks, by its type. */
export const answerSchemas = {
  'task.will_begin_delayed_request': DelayedRequestAnswerSchema,
  'task.authentication_challenge': AuthenticationChallengeAnswerSchema,
}
