import { Type } from 'typebox'
import { closed, nullable, oneOf, ref, union } from './shapes.ts'
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

const basic = Type.Optional(oneOf(['basic'], { description: 'The default without a `token`.' }))
const user = Type.String({ ...text, description: 'Without a colon (RFC 7617).' })
const password = Type.String({ ...text, description: 'RFC 7617.' })

export const BasicCredentialSchema = Type.Object(
  { scheme: basic, user, password },
  { $id: 'BasicCredential', description: 'A name and a password, as Apple calls them.', ...closed },
)

export const UsernameCredentialSchema = Type.Object(
  { scheme: basic, username: user, password },
  { $id: 'UsernameCredential', description: 'The same with the more usual word for the name.', ...closed },
)

export const BearerCredentialSchema = Type.Object(
  {
    scheme: Type.Optional(oneOf(['bearer'], { description: 'The default with a `token`.' })),
    token: Type.String({ ...text, description: 'RFC 6750.' }),
  },
  { $id: 'BearerCredential', description: 'A token.', ...closed },
)

export const CredentialSchema = union(
  'Credential',
  [BasicCredentialSchema, UsernameCredentialSchema, BearerCredentialSchema],
  { description: "Sent to the task's host in the `Authorization` header, and nowhere else." },
)

const use = 'At most 16 KiB of JSON. Any other answer cannot be used and is asked for again.'

const disposition = 'Which decision it is.'

export const ContinueLoadingSchema = Type.Object(
  { disposition: oneOf(['continueLoading'], { description: disposition }) },
  { $id: 'ContinueLoading', description: 'The task begins with the request that it has.', ...closed },
)

export const UseNewRequestSchema = Type.Object(
  { disposition: oneOf(['useNewRequest'], { description: disposition }), request: ref(GivenRequestSchema) },
  { $id: 'UseNewRequest', description: 'The task begins with this request, which is a whole one.', ...closed },
)

export const UseCredentialSchema = Type.Object(
  { disposition: oneOf(['useCredential'], { description: disposition }), credential: ref(CredentialSchema) },
  { $id: 'UseCredential', description: 'The task is tried again with the credential.', ...closed },
)

export const CancelLoadingSchema = Type.Object(
  { disposition: oneOf(['cancel'], { description: disposition }) },
  { $id: 'CancelLoading', description: 'The task is canceled.', ...closed },
)

export const DelayedRequestAnswerSchema = union(
  'DelayedRequestAnswer',
  [ContinueLoadingSchema, UseNewRequestSchema, CancelLoadingSchema],
  { description: `What becomes of a delayed request. ${use}` },
  'disposition',
)

export const AuthenticationChallengeAnswerSchema = union(
  'AuthenticationChallengeAnswer',
  [UseCredentialSchema, CancelLoadingSchema],
  { description: `What becomes of a task whose origin wants a credential. ${use}` },
  'disposition',
)

/** The schemas of decisions, by the type of the event that asks. */
export const answerSchemas = {
  'task.will_begin_delayed_request': DelayedRequestAnswerSchema,
  'task.authentication_challenge': AuthenticationChallengeAnswerSchema,
}
