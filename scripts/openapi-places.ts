/** What the rules of the OpenAPI document read of a JSON Schema. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  const?: unknown
  enum?: unknown[]
  description?: string
  maximum?: number
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  discriminator?: { propertyName: string; mapping?: Record<string, string> }
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  parameters?: { name: string; description?: string; schema: Schema }[]
  requestBody?: Content
  responses: Record<string, Content>
}

export interface OpenapiDocument {
  tags?: { name: string }[]
  paths?: Record<string, Record<string, Operation>>
  webhooks?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

/** A schema, where it is, and as what: a component has a name, anything else only a place. */
export interface Place {
  schema: Schema
  where: string
  as: 'component' | 'property' | 'parameter' | 'body' | 'part'
}

/** The operations of paths and of webhooks, with where they are. */
export function operationsOf({
  paths = {},
  webhooks = {},
}: OpenapiDocument): { where: string; operation: Operation }[] {
  return Object.entries({ ...paths, ...webhooks }).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ where: `${method.toUpperCase()} ${path}`, operation })),
  )
}

/** Every schema of the document, each once. */
export function* placesOf(document: OpenapiDocument): Generator<Place> {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    yield* within({ schema, where: name, as: 'component' })
  for (const { where, operation } of operationsOf(document)) {
    for (const { name, description, schema } of operation.parameters ?? [])
      yield* within({
        schema: description ? { description, ...schema } : schema,
        where: `${where} ?${name}`,
        as: 'parameter',
      })
    for (const [status, { content }] of [
      ['request', operation.requestBody ?? {}] as const,
      ...Object.entries(operation.responses),
    ])
      for (const [type, { schema }] of Object.entries(content ?? {}))
        yield* within({ schema, where: `${where} ${status} ${type}`, as: 'body' })
  }
}

function* within(place: Place): Generator<Place> {
  yield place
  const { schema, where } = place
  const part = (inner: Schema, suffix: string): Generator<Place> =>
    within({ schema: inner, where: `${where}${suffix}`, as: 'part' })
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    yield* within({ schema: inner, where: `${where}.${name}`, as: 'property' })
  if (schema.items) yield* part(schema.items, '[]')
  if (typeof schema.additionalProperties === 'object') yield* part(schema.additionalProperties, '{}')
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const)
    for (const [index, inner] of (schema[keyword] ?? []).entries()) yield* part(inner, ` ${keyword} ${index}`)
}

/** The component that a reference names. */
export function referredTo(document: OpenapiDocument, { $ref }: Schema): Schema | undefined {
  return $ref === undefined ? undefined : document.components?.schemas?.[$ref.replace('#/components/schemas/', '')]
}
