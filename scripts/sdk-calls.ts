import { sdkNames } from './sdk-names.ts'

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  items?: Schema
}
interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  description?: string
}
interface Response {
  description: string
  content?: Record<string, { schema: Schema }>
}
interface Operation {
  operationId: string
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
}
interface OpenapiDocument {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
interface Call {
  operation: Operation
  method: string
  path: string
}

const head = `// Generated from openapi/openapi.json by scripts/sdk-calls.ts: npm run generate.
import type { List } from '../list.ts'
import type { RequestOptions } from '../request-options.ts'
import { type Query, Resource } from '../resource.ts'
import { path } from '../rules/path.ts'
`

/** The SDK's namespaces, one class each, with one method for each operation that does not stream. */
export function renderSdkCalls(openapi: string): string {
  const document = JSON.parse(openapi) as OpenapiDocument
  const namespaces = new Map<string, { method: string; call: Call }[]>()
  const unused = new Set(Object.keys(sdkNames))
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const name = sdkNames[operation.operationId]
      if (name === undefined) throw new Error(`scripts/sdk-names.ts has no row for ${operation.operationId}`)
      unused.delete(operation.operationId)
      if (name === null) continue
      const [, namespace, verb] = /^(.+)\.(\w+)$/.exec(name)!
      const calls = namespaces.get(namespace!) ?? []
      calls.push({ method: verb!, call: { operation, method: method.toUpperCase(), path } })
      namespaces.set(namespace!, calls)
    }
  if (unused.size > 0) throw new Error(`scripts/sdk-names.ts names what is not there: ${[...unused].join(', ')}`)
  const used = new Set<string>()
  const classes = [...namespaces].map(([namespace, calls]) => {
    const methods = calls.map(({ method, call }) => renderMethod(method, call, document, used))
    return `\nexport class ${className(namespace)} extends Resource {\n${methods.join('\n')}}\n`
  })
  const imports = `import type {\n${[...used]
    .sort()
    .map((name) => `  ${name},\n`)
    .join('')}} from './types.ts'\n`
  return `${head}${imports}${classes.join('')}`
}

/** `admin.apiKeys` → `AdminApiKeysCalls`. */
function className(namespace: string): string {
  return `${namespace.replaceAll(/(^|\.)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}Calls`
}

function renderMethod(name: string, call: Call, { components }: OpenapiDocument, used: Set<string>): string {
  const { operation, method, path } = call
  const parameters = operation.parameters ?? []
  const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, place]) => place!)
  const query = parameters.some((parameter) => parameter.in === 'query')
  const creates = parameters.some((parameter) => parameter.name === 'Idempotency-Key')
  const body = bodyOf(operation)
  if (body) used.add(body.type)
  const queryType = `${pascal(operation.operationId)}Data`
  if (query) used.add(queryType)
  const given = [
    ...places.map((place) => `${place}: string`),
    ...(body ? [`body${body.required ? '' : '?'}: ${body.type}`] : []),
    ...(query ? [`query?: Query<${queryType}>`] : []),
    'options?: RequestOptions',
  ].join(', ')
  const url = places.length > 0 ? `path\`${path.replaceAll('{', '${')}\`` : `'${path}'`
  const answer = answerOf(operation)
  const schema = components.schemas[answer]
  if (schema) used.add(answer)
  const item = query && schema?.properties?.nextCursor ? nameOf(schema.properties.data!.items!) : undefined
  const doc = comment(call, places)
  if (item) {
    used.add(item)
    const cursor = parameters.some((parameter) => parameter.name === 'after') ? ", 'after'" : ''
    const read = places.length > 0 ? `() => ${url}` : url
    return `${doc}  ${name}(${given}): List<${item}, ${answer}> {\n    return this.paged(${read}, query, options${cursor})\n  }\n`
  }
  const more = [...(body ? ['body'] : []), ...(query ? ['query'] : []), ...(creates ? ['creates: true'] : [])]
  const sent = more.length > 0 ? `, { ${more.join(', ')} }` : ''
  // What is no id rejects, as every other mistake does.
  const async = places.length > 0 ? 'async ' : ''
  return `${doc}  ${async}${name}(${given}): Promise<${answer}> {\n    return this.call('${method}', ${url}, options${sent})\n  }\n`
}

/** A body without fields is left out. */
function bodyOf({ requestBody }: Operation): { type: string; required: boolean } | null {
  const schema = requestBody?.content['application/json']?.schema
  if (!schema || nameOf(schema) === 'Nothing') return null
  return { type: nameOf(schema), required: requestBody?.required ?? false }
}

function answerOf({ operationId, responses }: Operation): string {
  const [, response] = Object.entries(responses).find(([status]) => status.startsWith('2'))!
  if (!response.content) return 'void'
  const [type, { schema }] = Object.entries(response.content)[0]!
  if (/json$/.test(type)) return nameOf(schema)
  if (type === 'application/jose') return 'string'
  throw new Error(`scripts/sdk-calls.ts cannot return ${type}: ${operationId} is to be null in scripts/sdk-names.ts`)
}

function nameOf({ $ref }: Schema): string {
  if (!$ref) throw new Error('a schema without a name')
  return $ref.replace('#/components/schemas/', '')
}

const pascal = (name: string) => name[0]!.toUpperCase() + name.slice(1)

/** Codes that every operation may refuse with. */
const everywhere = [
  ...['invalid_request', 'unauthorized', 'forbidden', 'tenant_suspended', 'cross_site_request', 'not_found'],
  'rate_limited',
]
const ofTheClient = ['request_timeout', 'body_too_large', 'unsupported_media_type', 'internal', 'unavailable']

function comment({ operation, method, path }: Call, places: readonly string[]): string {
  const codes = Object.entries(operation.responses)
    .filter(([status]) => !status.startsWith('2'))
    .flatMap(([, { description }]) => [...description.matchAll(/`(\w+)`: /g)].map(([, code]) => code!))
    .filter((code) => !everywhere.includes(code) && !ofTheClient.includes(code))
  const lines = [
    `${operation.summary}: \`${method} ${path}\`.`,
    ...(operation.description ? ['', ...operation.description.split('\n')] : []),
    '',
    ...places.flatMap((place) => {
      const description = operation.parameters?.find((parameter) => parameter.name === place)?.description
      return description ? [`@param ${place} ${description}`] : []
    }),
    ...(codes.length > 0 ? [`@throws BackhaulError with ${codes.map((code) => `\`${code}\``).join(', ')}`] : []),
  ]
  if (lines.at(-1) === '') lines.pop()
  return `  /**\n${lines.map((line) => `   *${line && ' '}${line.replaceAll('*/', '* /')}\n`).join('')}   */\n`
}
