import { nameFindings } from './openapi-names.ts'
import { type OpenapiDocument, type Place, placesOf, referredTo, type Schema } from './openapi-places.ts'
import { unionFindings } from './openapi-unions.ts'

const largestInt32 = 2 ** 31 - 1

/**
 * What generators of clients in other languages trip over, one sentence each; none for a good document. Redocly and Spectral look whether a document
 * is valid: a valid one can still become types called `InlineObject17`, counters that overflow, and unions that cannot be read.
 */
export function openapiFindings(document: OpenapiDocument): string[] {
  const places = [...placesOf(document)]
  return [
    ...places.flatMap((place) => [
      ...namelessness(place),
      ...silence(document, place),
      ...nullness(place),
      ...numberSize(place),
    ]),
    ...unionFindings(document, places),
    ...nameFindings(document, places),
  ]
}

/** A generator has to make up the name of an object or a choice that stands inside of something else. */
function* namelessness({ schema, where, as }: Place): Generator<string> {
  if (as === 'component') return
  if (schema.properties && Object.keys(schema.properties).length > 0) yield `${where}: an object without a name`
  if (schema.oneOf || schema.allOf) yield `${where}: a choice without a name`
}

/** What a reference leads to may describe a property; anything else does so itself, because a nullable's parts are not read. */
function* silence(document: OpenapiDocument, { schema, where, as }: Place): Generator<string> {
  if (as === 'body' || as === 'part') return
  if (!schema.description && !referredTo(document, schema)?.description) yield `${where}: has no description`
}

/** `anyOf` is for a component or null; a list of types says the same of a plain value, and is a pointer or an `Optional` everywhere. */
function* nullness({ schema, where }: Place): Generator<string> {
  if (schema.type === 'null') {
    if (!where.endsWith(' anyOf 1')) yield `${where}: null and nothing else, which is no type in most languages`
    return
  }
  if (!schema.anyOf) return
  const [value, none] = schema.anyOf
  if (schema.anyOf.length !== 2 || !value?.$ref || none?.type !== 'null')
    yield `${where}: an anyOf that is not a component or null`
}

/** Without a format an integer is an `int32` and a number a `float32` to many generators. */
function* numberSize({ schema, where }: Place): Generator<string> {
  const { format, maximum = Number.POSITIVE_INFINITY } = schema
  if (isA('integer', schema) && !schema.enum && maximum > largestInt32 && format !== 'int64')
    yield `${where}: an integer that may be more than 2^31 − 1, without the format int64`
  if (isA('number', schema) && format !== 'double') yield `${where}: a number without the format double`
}

function isA(type: string, schema: Schema): boolean {
  return schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type))
}
