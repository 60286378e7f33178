import { type OpenapiDocument, operationsOf, type Place } from './openapi-places.ts'
import { classMembers, commonTypes, escapedFields, operationSuffixes, pythonKeywords } from './openapi-words.ts'

/** Names that collide in a language that writes them in another case, or that mean something there already. */
export function* nameFindings(document: OpenapiDocument, places: readonly Place[]): Generator<string> {
  yield* operationFindings(document)
  yield* componentFindings(document)
  for (const place of places) {
    yield* fieldFindings(place)
    yield* valueFindings(place)
  }
}

function* operationFindings(document: OpenapiDocument): Generator<string> {
  const groups = new Set(document.tags?.map(({ name }) => name))
  const ids: string[] = []
  for (const { where, operation } of operationsOf(document)) {
    const { operationId = '', tags: [group = '', ...more] = [], summary } = operation
    ids.push(operationId)
    if (!/^[a-z]+([A-Z][a-z0-9]+)+$/.test(operationId))
      yield `${where}: ${operationId || 'nothing'} is no method's name (a verb and what it is done to, in camel case)`
    if (!groups.has(group) || more.length > 0) yield `${where}: not in one group that the document lists`
    if (!summary) yield `${where}: has no summary`
  }
  for (const [one, other] of collisions(ids, snakeCase)) yield `${one} and ${other} are one method`
}

function* componentFindings(document: OpenapiDocument): Generator<string> {
  const names = Object.keys(document.components?.schemas ?? {})
  const derived = new Map(
    operationsOf(document).flatMap(({ operation: { operationId = '' } }) =>
      operationSuffixes.map((suffix) => [`${operationId}${suffix}`.toLowerCase(), operationId]),
    ),
  )
  for (const name of names) {
    if (!/^([A-Z][a-z0-9]+)+$/.test(name)) yield `${name}: not in Pascal case`
    if (commonTypes.has(name)) yield `${name}: hides a type of Python or Java`
    const operation = derived.get(name.toLowerCase())
    if (operation !== undefined) yield `${name}: what generators call a type of ${operation}`
  }
  for (const [one, other] of collisions(names, snakeCase)) yield `${one} and ${other} are one type or one file`
}

function* fieldFindings({ schema, where }: Place): Generator<string> {
  const fields = Object.keys(schema.properties ?? {})
  for (const field of fields) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(field)) yield `${where}.${field}: not in camel case`
    const means = classMembers.has(field) || (pythonKeywords.has(field) && !escapedFields.has(field))
    if (means) yield `${where}.${field}: means something else in a class`
  }
  for (const [one, other] of collisions(fields, snakeCase)) yield `${where}: ${one} and ${other} are one field`
}

function* valueFindings({ schema, where }: Place): Generator<string> {
  const values = (schema.enum ?? []).filter((value) => typeof value === 'string')
  for (const value of values)
    if (!/^[A-Za-z]/.test(value) || value === 'mro') yield `${where}: ${JSON.stringify(value)} is no constant's name`
  for (const [one, other] of collisions(values, snakeCase)) yield `${where}: ${one} and ${other} are one constant`
}

/** Pairs of names that become one. */
function* collisions(names: readonly string[], write: (name: string) => string): Generator<[string, string]> {
  const seen = new Map<string, string>()
  for (const name of names) {
    const written = write(name)
    const other = seen.get(written)
    if (other === undefined) seen.set(written, name)
    else yield [other, name]
  }
}

/** As generators for Python write it; `fooBar`, `FooBar`, `foo.bar` and `foo_bar` are one name. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
}
