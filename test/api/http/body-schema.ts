import type { Document } from '#support/client/openapi-check.ts'

export type Schema = Record<string, unknown> & {
  type?: string
  $ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
}

/** What a reference leads to. A choice between objects is one with the fields of all of them, of which those of each are required. */
export function resolveSchema(document: Document, schema: Schema): Schema {
  const found = schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1)!] as Schema) : schema
  if (!found.oneOf) return found
  const members = found.oneOf.map((member) => resolveSchema(document, member))
  return {
    type: 'object',
    properties: Object.assign({}, ...members.map(({ properties }) => properties)) as Record<string, Schema>,
    required: (members[0]?.required ?? []).filter((name) => members.every(({ required }) => required?.includes(name))),
    additionalProperties: false,
  }
}
