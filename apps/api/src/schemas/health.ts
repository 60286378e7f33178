import { Type } from 'typebox'
import { closed } from './shapes.ts'

export const LiveSchema = Type.Object({ status: Type.Literal('ok', { type: 'string' }) }, { $id: 'Live', ...closed })
export const ReadySchema = Type.Object(
  {
    status: Type.Literal('ok', { type: 'string' }),
    degraded: Type.Array(Type.String(), { description: 'What does not work right now; the service does without it.' }),
  },
  { $id: 'Ready', ...closed },
)
/** An empty object or no body. */
export const NothingSchema = Type.Object({}, { $id: 'Nothing', description: 'No fields.', ...closed })
