import { type OpenapiDocument, type Place, referredTo, type Schema } from './openapi-places.ts'

/** Unions whose members a reader cannot tell apart, by what the schemas say and nothing else. */
export function* unionFindings(document: OpenapiDocument, places: readonly Place[]): Generator<string> {
  for (const { schema, where } of places) {
    if (!schema.oneOf) continue
    yield* discriminatorFindings(document, schema, where)
    const members = schema.oneOf.flatMap((member) => leavesOf(document, member))
    for (const [index, one] of members.entries())
      for (const other of members.slice(index + 1))
        if (!apart(one.schema, other.schema)) yield `${where}: ${one.name} and ${other.name} cannot be told apart`
  }
}

/** With a field that has another constant in each member, it is named, and every value with it: then nobody tries one after the other. */
function* discriminatorFindings(document: OpenapiDocument, union: Schema, where: string): Generator<string> {
  const members = union.oneOf!.map((member) => ({ name: member.$ref, schema: referredTo(document, member) }))
  const common = Object.keys(members[0]?.schema?.properties ?? {}).find((field) =>
    members.every(
      ({ schema }) => typeof schema?.properties?.[field]?.const === 'string' && schema.required?.includes(field),
    ),
  )
  const by = union.discriminator?.propertyName
  if (by === undefined) {
    if (common !== undefined) yield `${where}: a union by ${common} without a discriminator`
    return
  }
  for (const { name, schema } of members) {
    const value = schema?.properties?.[by]?.const
    if (typeof value !== 'string' || union.discriminator?.mapping?.[value] !== name)
      yield `${where}: the discriminator ${by} does not lead to ${name}`
  }
}

/** The objects of a union, and of the unions in it. */
function leavesOf(document: OpenapiDocument, member: Schema): { name: string; schema: Schema }[] {
  const schema = referredTo(document, member) ?? member
  if (schema.oneOf) return schema.oneOf.flatMap((inner) => leavesOf(document, inner))
  return [{ name: member.$ref?.split('/').at(-1) ?? 'a member', schema }]
}

/** No value is both: a field that both have differs, or one requires a field that the other is closed to. */
function apart(one: Schema, other: Schema): boolean {
  const inBoth = (one.required ?? []).filter((field) => other.required?.includes(field))
  const differs = inBoth.some((field) => {
    const [a, b] = [one.properties?.[field]?.const, other.properties?.[field]?.const]
    return a !== undefined && b !== undefined && a !== b
  })
  return differs || excludes(one, other) || excludes(other, one)
}

function excludes(one: Schema, other: Schema): boolean {
  if (one.additionalProperties !== false) return false
  return (other.required ?? []).some((field) => !Object.hasOwn(one.properties ?? {}, field))
}
