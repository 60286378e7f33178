import { type Static, type TLiteralValue, type TSchema, type TSchemaOptions, Type } from 'typebox'

/** A reference to a named component, with the component's type. */
export function ref<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T>>(Type.Ref((schema as { $id?: string }).$id ?? ''))
}

/** The schema or `null`. */
export function nullable<T extends TSchema>(schema: T, options: TSchemaOptions = {}) {
  return Type.Unsafe<Static<T> | null>({ ...options, anyOf: [schema, { type: 'null' }] } as TSchema)
}

/** An enum with its type, which generators do not infer from a bare `enum`. A single value becomes a `const`, which discriminates unions. */
export function oneOf<const T extends readonly Extract<TLiteralValue, string>[]>(
  values: T,
  options: TSchemaOptions = {},
) {
  const allowed = values.length === 1 ? { const: values[0] } : { enum: [...values] }
  return Type.Unsafe<T[number]>({ ...options, type: 'string', ...allowed } as TSchema)
}

/** One of these objects; `by` is the field that discriminates them (OpenAPI's discriminator), if there is one. */
export function union<T extends TSchema>($id: string, members: readonly T[], options: TSchemaOptions, by?: string) {
  const discriminator = by === undefined ? {} : { discriminator: { propertyName: by, mapping: mappingOf(members, by) } }
  return Type.Unsafe<Static<T>>({ $id, ...options, oneOf: members.map(ref), ...discriminator } as unknown as TSchema)
}

function mappingOf(members: readonly TSchema[], by: string): Record<string, string> {
  type Member = { $id: string; properties: Record<string, { const: string }> }
  return Object.fromEntries(
    (members as readonly unknown[] as Member[]).map(({ $id, properties }) => [
      properties[by]!.const,
      `#/components/schemas/${$id}`,
    ]),
  )
}

export function instant(description: string) {
  return Type.String({ format: 'date-time', description: `${description} RFC 3339.` })
}

export function byteCount(description: string, minimum = 0) {
  return Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description })
}

/** An object of names and texts. */
export function textMap(options: TSchemaOptions, value: TSchema = Type.String()) {
  return Type.Unsafe<Record<string, string>>({ ...options, type: 'object', additionalProperties: value } as TSchema)
}

/** An object that takes no other fields than these. */
export const closed = { additionalProperties: false } as const

/** A TypeID (a prefix and a UUIDv7). */
export function id(prefix: string, what: string) {
  return Type.String({ pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`, description: `Id of the ${what}.` })
}

export const sessionIdentifier = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9._-]+$',
  description: "The session's identifier, unique in the tenant.",
})
