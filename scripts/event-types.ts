/** The subset of JSON Schema that the OpenAPI document uses. Anything else is refused, so that no type is weaker than its schema. */
interface Schema {
  $ref?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

interface OpenapiDocument {
  components: { schemas: Record<string, Schema> }
  webhooks: Record<string, { post: { requestBody: Content; responses: Record<string, Content> } }>
}

const head = `// Generated from openapi/openapi.json by scripts/event-types.ts: npm run generate.

`

/**
 * The TypeScript types of every event that is delivered and of every answer to one, with what they are made of.
 * A generator for whole documents writes eleven times as much, and brings 46 packages.
 */
export function renderEventTypes(openapi: string): string {
  const { webhooks, components } = JSON.parse(openapi) as OpenapiDocument
  const bodies = Object.entries(webhooks).map(([type, { post }]) => ({ type, schema: schemaOf(post.requestBody) }))
  const answers = Object.values(webhooks).flatMap(({ post }) => Object.values(post.responses).map(schemaOf))
  const roots = [...bodies.map(({ schema }) => schema), ...answers].filter((schema) => schema !== undefined)
  const names = reachable(roots, components.schemas)
  const declarations = names.map((name) => declaration(name, components.schemas[name]!))
  const table = bodies.map(({ type, schema }) => `  '${type}': ${typeOf(schema!, '  ')}\n`).join('')
  const events = `/** The events by their type. */\nexport interface WebhookEvents {\n${table}}\n`
  const union = '/** An event as it is delivered; `type` says which. */\n'
  return `${head}${events}\n${union}export type WebhookEvent = WebhookEvents[keyof WebhookEvents]\n${declarations.join('')}`
}

function schemaOf({ content }: Content): Schema | undefined {
  return content?.['application/json']?.schema
}

/** The names of all schemas that these refer to, over however many others, in the document's order. */
function reachable(roots: readonly Schema[], schemas: Record<string, Schema>): string[] {
  const found = new Set<string>()
  const visit = (schema: Schema): void => {
    if (schema.$ref) {
      const name = referredTo(schema.$ref)
      if (!found.has(name)) {
        found.add(name)
        visit(schemas[name]!)
      }
    }
    for (const inner of [...Object.values(schema.properties ?? {}), ...alternatives(schema)]) visit(inner)
    if (schema.items) visit(schema.items)
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties)
  }
  roots.forEach(visit)
  return Object.keys(schemas).filter((name) => found.has(name))
}

function declaration(name: string, schema: Schema): string {
  const type = typeOf(schema, '')
  const declared = schema.properties ? `interface ${name} ${type}` : `type ${name} = ${type}`
  return `\n${comment(schema, '')}export ${declared}\n`
}

/** Keywords that say which values are valid, which a type cannot. */
const beyondTypes = ['pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum', 'maxItems', 'minItems']
const understood = [
  'description',
  'type',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'oneOf',
  'discriminator',
  'const',
  'examples',
]

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref) return referredTo(schema.$ref)
  const strange = Object.keys(schema).filter((keyword) => ![...beyondTypes, ...understood].includes(keyword))
  if (strange.length > 0) throw new Error(`scripts/event-types.ts does not know ${strange.join(', ')}`)
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return schema.enum.map(literal).join(' | ')
  if (alternatives(schema).length > 0)
    return alternatives(schema)
      .map((one) => typeOf(one, indent))
      .join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(' | ')
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return arrayOf(typeOf(schema.items!, indent))
    case 'object':
      return objectOf(schema, indent)
    default:
      throw new Error(`scripts/event-types.ts does not know the type ${schema.type}`)
  }
}

const alternatives = ({ anyOf = [], oneOf = [] }: Schema): Schema[] => [...anyOf, ...oneOf]

function arrayOf(item: string): string {
  return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`
}

function objectOf({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  if (additionalProperties === true && Object.keys(properties ?? {}).length === 0) return 'Record<string, unknown>'
  if (!properties) {
    if (typeof additionalProperties !== 'object') throw new Error('an object says neither its fields nor their type')
    return `Record<string, ${typeOf(additionalProperties, indent)}>`
  }
  if (additionalProperties) throw new Error('an object has fields of its own and others')
  const inner = `${indent}  `
  const fields = Object.entries(properties).map(([name, schema]) => {
    const key = /^\w+$/.test(name) ? name : `'${name}'`
    return `${comment(schema, inner)}${inner}${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)}\n`
  })
  return `{\n${fields.join('')}${indent}}`
}

function comment({ description }: Schema, indent: string): string {
  return description ? `${indent}/** ${description.replaceAll('*/', '* /')} */\n` : ''
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value)
}

function referredTo($ref: string): string {
  return $ref.replace('#/components/schemas/', '')
}
