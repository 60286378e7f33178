import { type PlainSchema, valuesMapped, withPlainTypes } from './plain-types.ts'
import { requestExamples } from './request-examples.ts'

interface Schema {
  $ref?: string
  type?: string
  description?: string
  required?: string[]
  properties?: Record<string, Schema>
  /** For an object of which exactly one field is given: the component's name by field. */
  exactlyOneOf?: Record<string, string>
  oneOf?: Schema[]
}
type Schemas = Record<string, Schema>

interface Operation {
  parameters?: { in: string; description?: string; schema?: Schema }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema; example?: unknown } | undefined> }
}
interface Document {
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Schemas }
}

/**
 * Adds what the route schemas contain and the plugin leaves out: optional bodies, examples, objects in queries, and choices. Then types are written for
 * generators.
 */
export function completeDocument<T extends object>(document: T): T {
  const { paths = {}, components = {} } = document as Document
  const { schemas = {} } = components
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    completeBody(operation, schemas)
    completeQuery(operation)
  }
  for (const [name, schema] of Object.entries(schemas)) {
    if (schema.exactlyOneOf) writeChoice(name, schema, schema.exactlyOneOf, schemas)
  }
  components.schemas = valuesMapped(schemas, (schema) => withPlainTypes(schema as PlainSchema) as Schema)
  return document
}

/** Marks bodies without required fields as optional (intake.ts); the plugin marks every body as required. */
function completeBody({ requestBody }: Operation, schemas: Schemas): void {
  const content = requestBody?.content['application/json']
  const name = content?.schema.$ref?.split('/').at(-1)
  if (!requestBody || !content || name === undefined) return
  const isOptional = !schemas[name]?.required && !schemas[name]?.exactlyOneOf
  if (isOptional) requestBody.required = false
  if (!Object.hasOwn(requestExamples, name)) throw new Error(`request-examples.ts has no example of ${name}`)
  content.example = requestExamples[name]
}

/** An object in a query is written `name[key]=value` (deep-query.ts). */
function completeQuery({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if (parameter.in === 'query' && parameter.schema?.type === 'object')
      Object.assign(parameter, { style: 'deepObject', explode: true })
    if (parameter.schema) parameter.schema = withPlainTypes(parameter.schema as PlainSchema) as Schema
  }
}

/**
 * The rules check which field is given, with one sentence for an error, so routes have one flat object. Generators
 * are told more by a union of closed objects, each with the field that makes it and those that all of them may have.
 */
function writeChoice(name: string, schema: Schema, choices: Record<string, string>, schemas: Schemas): void {
  const { exactlyOneOf: _, description, properties = {}, required = [], ...rest } = schema
  const common = Object.entries(properties).filter(([field]) => !Object.hasOwn(choices, field))
  for (const [field, variant] of Object.entries(choices)) {
    schemas[variant] = {
      ...rest,
      description: `${name} with \`${field}\`.`,
      required: [field, ...required],
      properties: Object.fromEntries([[field, properties[field]!], ...common]),
    }
  }
  const oneOf = Object.values(choices).map((variant) => ({ $ref: `#/components/schemas/${variant}` }))
  schemas[name] = { ...(description === undefined ? {} : { description }), oneOf }
}
