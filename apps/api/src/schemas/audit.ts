import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf, ref } from './shapes.ts'

export const AuditActorSchema = Type.Object(
  {
    kind: oneOf(['key', 'operator'], { description: 'The holder of an API key, or an operator.' }),
    keyId: nullable(id('key', 'API key'), { description: 'Null for an operator.' }),
    signInId: nullable(id('sgn', 'sign-in that stood for the key or the token'), {
      description: 'Null: the request had that itself.',
    }),
  },
  { $id: 'AuditActor', description: 'Whose request it was.', ...closed },
)

const entry = {
  id: id('aud', 'entry'),
  at: instant('When it was committed, by the database’s clock.'),
  actor: ref(AuditActorSchema),
  action: Type.String({ description: 'The operation’s id in this document, such as `createTask`.' }),
  target: nullable(Type.String(), {
    description:
      'What was made or changed: an id, or a session’s identifier. Of a batch of tasks, their session. Null: the operation says it all.',
  }),
  requestId: Type.String({ description: '`X-Request-Id` of the response.' }),
}
const address = 'IP address that it came from.'

export const AuditEntrySchema = Type.Object(
  { ...entry, address: nullable(Type.String(), { description: `${address} Null for an operator’s.` }) },
  { $id: 'AuditEntry', description: 'A request that has changed something.', ...closed },
)
export const AuditPageSchema = pageSchema('AuditPage', AuditEntrySchema)

export const OperatorAuditEntrySchema = Type.Object(
  {
    ...entry,
    address: Type.String({ description: address }),
    tenantId: nullable(id('ten', 'tenant'), { description: 'The tenant that it was about; null: none.' }),
  },
  { $id: 'OperatorAuditEntry', description: 'A request that has changed something.', ...closed },
)
export const OperatorAuditPageSchema = pageSchema('OperatorAuditPage', OperatorAuditEntrySchema)
