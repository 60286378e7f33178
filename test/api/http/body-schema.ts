import type { Document } from '#support/client/openapi-check.ts'

export type Schema = Record<string, unknown> & {
  type?: string | string[]
  $ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
}

/** With one type at most. */
export type ResolvedSchema = Schema & { type?: string }

/**
 * What a reference leads to. A choice between objects is one with the fields of all of them, of which those of each are required; a list of types is a
 * choice between the types.
 */
export function resolveSchema(document: Document, schema: Schema): ResolvedSchema {
  const found = schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1)!] as Schema) : schema
  if (Array.isArray(found.type))
    return { anyOf: found.type.map((type) => (type === 'null' ? { type } : { ...found, type })) }
  if (!found.oneOf) return found as ResolvedSchema
  const members = found.oneOf.map((member) => resolveSchema(document, member))
  return {
    type: 'object',
    properties: Object.assign({}, ...members.map(({ properties }) => properties)) as Record<string, Schema>,
    required: (members[0]?.required ?? []).filter((name) => members.every(({ required }) => required?.includes(name))),
    additionalProperties: false,
  }
}
