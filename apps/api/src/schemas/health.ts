import { Type } from 'typebox'
import { closed, textMap } from './shapes.ts'

const status = Type.Literal('ok', { type: 'string', description: 'Always `ok`; otherwise the answer is a 503.' })

export const LiveSchema = Type.Object({ status }, { $id: 'Live', description: 'The process answers.', ...closed })
export const ReadySchema = Type.Object(
  {
    status,
    degraded: Type.Array(Type.String(), { description: 'What does not work right now; the service does without it.' }),
    reasons: Type.Optional(
      textMap({
        description: 'Why, by the names in `degraded`, where more is known than that it is away. Absent if nothing is.',
      }),
    ),
  },
  { $id: 'Ready', description: 'The process can do its work.', ...closed },
)
/** An empty object or no body. */
export const NothingSchema = Type.Object({}, { $id: 'Nothing', description: 'No fields.', ...closed })
