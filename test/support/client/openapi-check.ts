import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'

interface CheckedResponse {
  statusCode: number
  headers: Record<string, unknown>
  body: string
}
export interface Operation {
  operationId: string
  summary?: string
  description?: string
  security?: Record<string, unknown>[]
  parameters?: { in: string; name: string; required?: boolean; schema: Record<string, unknown> }[]
  requestBody?: { required: boolean; content: Record<string, { schema: { $ref: string }; example?: unknown }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}
export interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Record<string, unknown>> }
  webhooks: Record<string, { post: Operation }>
}

/** Checks responses against the OpenAPI document: status, media type and body. Its errors name the difference. */
export function createOpenapiCheck(document: Document) {
  // `example` and the document around the schemas are not JSON Schema; formats and types are checked all the same.
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // The package is CommonJS: its default export is the module itself to some loaders.
  const addFormats = ('default' in ajvFormats ? ajvFormats.default : ajvFormats) as unknown as (ajv: Ajv2020) => void
  addFormats(ajv)
  ajv.addSchema({ ...document, $id: 'openapi' })

  const check = (schema: object, text: string, what: string) => {
    const validate = ajv.compile(absolute(schema))
    const value: unknown = JSON.parse(text)
    if (!validate(value))
      throw new Error(`${what} does not match its schema: ${ajv.errorsText(validate.errors)}\n${text}`)
  }
  const find = (method: string, path: string): Operation | undefined => {
    // A fixed path precedes one with a parameter in its place.
    const names = Object.keys(document.paths).toSorted((a, b) => a.split('{').length - b.split('{').length)
    const name = names.find((template) => patternOf(template).test(path))
    return name === undefined ? undefined : document.paths[name]![method.toLowerCase()]
  }

  return {
    /** Checks a value against a component's schema. */
    component: (name: string, value: unknown): void =>
      check({ $ref: `#/components/schemas/${name}` }, JSON.stringify(value), name),

    response(method: string, url: string, response: CheckedResponse): void {
      const path = url.split('?', 1)[0]!
      const what = `${method} ${path}: ${response.statusCode}`
      const mediaType = String(response.headers['content-type'] ?? '').split(';')[0]!
      const operation = find(method === 'HEAD' ? 'GET' : method, path)
      if (operation === undefined || method === 'HEAD') {
        if (response.statusCode >= 400 && method !== 'HEAD') {
          if (mediaType !== 'application/problem+json') throw new Error(`${what}: a refusal as ${mediaType}`)
          check({ $ref: '#/components/schemas/Problem' }, response.body, what)
        }
        return
      }
      const told = operation.responses[String(response.statusCode)]
      if (told === undefined) throw new Error(`${what} is not in the document: ${response.body}`)
      if (told.content === undefined) {
        if (response.body !== '') throw new Error(`${what} has a body: ${response.body}`)
        return
      }
      const content = told.content[mediaType]
      if (content === undefined) throw new Error(`${what} came as ${mediaType}`)
      // The readers of the stream check its messages.
      if (mediaType === 'text/event-stream') return
      check(content.schema, /json$/.test(mediaType) ? response.body : JSON.stringify(response.body), what)
      if (response.statusCode >= 400) {
        const { status } = JSON.parse(response.body) as { status: number }
        if (status !== response.statusCode) throw new Error(`${what} says that it is a ${status}`)
      }
    },
  }
}

export type OpenapiCheck = ReturnType<typeof createOpenapiCheck>

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`)
}

/** Makes references into the document absolute. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object
}
