import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'

interface Schema {
  properties?: Record<string, { enum?: string[] }>
  [keyword: string]: unknown
}
interface OpenapiDocument {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
  components: { schemas: Record<string, Schema> }
  webhooks?: unknown
}

const head = '// Generated from openapi/openapi.json by scripts/sdk-types.ts: npm run generate.\n'

/** The SDK's types, by Hey API: those of every schema, and of the parameters of every operation. */
export async function renderSdkTypes(openapi: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-sdk-types-'))
  try {
    await createClient({
      input: forTypes(JSON.parse(openapi)) as unknown as Record<string, unknown>,
      output: { path: folder, entryFile: false },
      plugins: ['@hey-api/typescript'],
      logs: { level: 'silent', file: false },
    })
    const types = await readFile(join(folder, 'types.gen.ts'), 'utf8')
    return types.replace(/^\/\/.*\n/, head).replace(/^export type ClientOptions = \{\n.*\n\};\n\n/m, '')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Refusals are one class with one schema, and webhooks have types of their own: neither needs one for each operation. */
function forTypes({ webhooks: _, ...document }: OpenapiDocument): OpenapiDocument {
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path)))
    for (const status of Object.keys(operation.responses))
      if (!status.startsWith('2')) delete operation.responses[status]
  tasksByState(document.components.schemas)
  return document
}

const null_ = { type: 'null' }
const ended = { type: 'string', description: 'When it ended. RFC 3339.' }
/** What the state says of other fields. */
const certain: Record<string, Record<string, unknown>> = {
  suspended: { endedAt: null_ },
  waiting: { endedAt: null_ },
  running: { endedAt: null_ },
  completed: { endedAt: ended, file: { $ref: '#/components/schemas/TaskFile' }, error: null_ },
  failed: { endedAt: ended, error: { $ref: '#/components/schemas/TaskError' } },
  canceled: { endedAt: ended },
}

/** Makes the task a union by its state, so that who has compared `state` need not ask whether there is a file. */
function tasksByState(schemas: Record<string, Schema>): void {
  const fields = schemas.Task!
  schemas.TaskFields = { ...fields, description: 'What a task has in every state.' }
  const states = fields.properties!.state!.enum!
  const names = states.map((state) => {
    const name = `${state[0]!.toUpperCase()}${state.slice(1)}Task`
    if (schemas[name]) throw new Error(`the document has a ${name} of its own`)
    const properties = { state: { const: state }, ...certain[state] }
    const facts = { type: 'object', required: Object.keys(properties), properties }
    schemas[name] = { description: `A ${state} task.`, allOf: [{ $ref: '#/components/schemas/TaskFields' }, facts] }
    return name
  })
  const oneOf = names.map((name) => ({ $ref: `#/components/schemas/${name}` }))
  schemas.Task = { description: 'A task; `state` says which fields are there.', oneOf }
}
