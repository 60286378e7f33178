/** A JSON Schema, as far as it is written in another way here. */
export interface PlainSchema {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  description?: string
  maximum?: number
  properties?: Record<string, PlainSchema>
  additionalProperties?: boolean | PlainSchema
  items?: PlainSchema
  anyOf?: PlainSchema[]
}

const largestInt32 = 2 ** 31 - 1

/**
 * The schema, saying the same in the words that generators understand best: a plain value that may be null has a list of types in the place of an
 * `anyOf`, with one description made of both; integers that may be large are `int64` and numbers `double`, since many languages take what has no
 * format for 32 bits. Requests are validated by the schemas as they are written, so no error changes.
 */
export function withPlainTypes(schema: PlainSchema): PlainSchema {
  const { anyOf, properties, items, additionalProperties, ...rest } = withFormat(schema)
  const [value, none] = anyOf ?? []
  if (value && value.$ref === undefined && none?.type === 'null') return nullable(withPlainTypes(value), rest)
  return {
    ...rest,
    ...(anyOf ? { anyOf: anyOf.map(withPlainTypes) } : {}),
    ...(properties ? { properties: valuesMapped(properties, withPlainTypes) } : {}),
    ...(items ? { items: withPlainTypes(items) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: withPlainTypes(additionalProperties) }
      : additionalProperties === undefined
        ? {}
        : { additionalProperties }),
  }
}

/** Every value of an object, changed. */
export function valuesMapped<From, To>(object: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

function nullable(value: PlainSchema, outer: PlainSchema): PlainSchema {
  const description = [value.description, outer.description].filter((text) => text !== undefined).join(' ')
  return {
    ...value,
    ...outer,
    type: [value.type as string, 'null'],
    ...(value.enum ? { enum: [...value.enum, null] } : {}),
    ...(description === '' ? {} : { description }),
  }
}

function withFormat(schema: PlainSchema): PlainSchema {
  const { type, format, maximum = Number.POSITIVE_INFINITY } = schema
  if (format !== undefined || schema.enum) return schema
  if (type === 'integer' && maximum > largestInt32) return { ...schema, format: 'int64' }
  return type === 'number' ? { ...schema, format: 'double' } : schema
}
