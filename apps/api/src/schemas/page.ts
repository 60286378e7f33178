import { type TProperties, type TSchema, Type } from 'typebox'
import { closed, nullable, oneOf, ref } from './shapes.ts'

const defaultLimit = 50
const limit = Type.Integer({ minimum: 1, maximum: 200, default: defaultLimit, description: 'How many at most.' })

/** Which end of a list comes first. */
export const listOrder = Type.Optional(
  oneOf(['oldestFirst', 'newestFirst'], {
    description: 'Default: `oldestFirst`. Give it with each cursor again: it goes on in the order that its page had.',
  }),
)

/** The query of a list: its own filters and the page. */
export function pageQuery<const T extends TProperties>(filters: T) {
  return Type.Object(
    {
      ...filters,
      limit: Type.Optional(limit),
      cursor: Type.Optional(Type.String({ maxLength: 256, description: '`nextCursor` of the page before.' })),
    },
    closed,
  )
}

export function feedQuery<const T extends TProperties>(filters: T) {
  return Type.Object(
    {
      ...filters,
      limit: Type.Optional(limit),
      after: Type.Optional(
        Type.String({
          maxLength: 256,
          description: '`nextCursor` of the page before, or the id of an event (`evt_…`).',
        }),
      ),
    },
    closed,
  )
}

/** A query's page, as stores take it. */
export function pageRequestOf(query: { limit?: number; cursor?: string }) {
  return { limit: query.limit ?? defaultLimit, cursor: query.cursor }
}

export function pageSchema<T extends TSchema>($id: string, item: T) {
  return Type.Object(
    {
      data: Type.Array(ref(item), { description: 'In the order that the operation describes.' }),
      nextCursor: nullable(Type.String(), {
        description: 'Give it as `cursor` for the next page; null: this was the last.',
      }),
    },
    { $id, description: 'One page of a list.', ...closed },
  )
}
