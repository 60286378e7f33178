import { writeFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import { generate as orval } from 'orval'
import { InputData, JSONSchemaInput, JSONSchemaStore, quicktypeMultiFile } from 'quicktype-core'

export type Language = 'TypeScript' | 'Python' | 'Go' | 'Java'

/** A generator that others use for their clients, and that needs neither Java nor the network. */
export interface Generator {
  name: string
  language: Language
  /** Writes what it makes of the OpenAPI document (a file of JSON, and its content) into a folder that is there. */
  write(document: string, text: string, folder: string): Promise<void>
}

export const generators: readonly Generator[] = [
  { name: 'openapi-typescript', language: 'TypeScript', write: writeOpenapiTypescript },
  { name: 'hey-api', language: 'TypeScript', write: writeHeyApi },
  { name: 'orval', language: 'TypeScript', write: writeOrval },
  ...(['Python', 'Go', 'Java'] as const).map((language) => ({
    name: 'quicktype',
    language,
    write: quicktypeTo(language),
  })),
]

/** It is made of the API of TypeScript 5, which TypeScript 7 does not have: it gets the one that `attw` brings. */
async function writeOpenapiTypescript(_: string, text: string, folder: string): Promise<void> {
  const parentURL = import.meta.resolve('@arethetypeswrong/core')
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'typescript' ? next(specifier, { ...context, parentURL }) : next(specifier, context),
  })
  const { default: openapiTypescript, astToString } = await import('openapi-typescript')
  hooks.deregister()
  await writeFile(join(folder, 'types.ts'), astToString(await openapiTypescript(text)))
}

async function writeHeyApi(document: string, _: string, folder: string): Promise<void> {
  await createClient({
    input: document,
    output: folder,
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent', file: false },
  })
}

async function writeOrval(document: string, _: string, folder: string): Promise<void> {
  const output = { target: join(folder, 'client.ts'), client: 'fetch', mode: 'single' } as const
  await orval({ input: { target: document }, output }, undefined, { logLevel: 'warn' })
}

/** It makes the types of all schemas; calls are not its subject. */
function quicktypeTo(language: Exclude<Language, 'TypeScript'>): Generator['write'] {
  const files = {
    Python: ['python', 'backhaul.py'],
    Go: ['go', 'backhaul.go'],
    Java: ['java', 'Backhaul.java'],
  } as const
  const [lang, outputFilename] = files[language]
  return async (_, text, folder) => {
    const { components } = JSON.parse(text.replaceAll('#/components/schemas/', '#/definitions/')) as Components
    // One object with a field for each, so that each is made once.
    const fields = Object.keys(components.schemas).map((name) => [name, { $ref: `#/definitions/${name}` }])
    const everything = { type: 'object', properties: Object.fromEntries(fields), definitions: components.schemas }
    const input = new JSONSchemaInput(new NoOtherSchemas())
    await input.addSource({ name: 'Everything', schema: JSON.stringify(everything) })
    const inputData = new InputData()
    inputData.addInput(input)
    // Only with what reads and writes them do Go's types have their imports before them.
    const rendererOptions = { 'just-types': language !== 'Go', package: 'backhaul' }
    const rendered = await quicktypeMultiFile({ inputData, lang, outputFilename, rendererOptions })
    for (const [name, { lines }] of rendered) await writeFile(join(folder, name), lines.join('\n'))
  }
}

interface Components {
  components: { schemas: Record<string, object> }
}

class NoOtherSchemas extends JSONSchemaStore {
  async fetch(address: string): Promise<undefined> {
    throw new Error(`the document refers to ${address}`)
  }
}
