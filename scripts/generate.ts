/**
 * Writes the generated files: Prisma's client, `.env.example`, the table in `docs/settings.md`, the
 * OpenAPI document, the types of the events, the SDK's types and calls, the list of metrics, the list of
 * log events, Grafana's dashboards, the settings in the Helm chart's schema, and of the guide its errors, the limiter's
 * table and picture, the diagrams, its index and `docs/llms.txt`.
 * `--client`: the client only (after an install). `--check`: changes nothing and exits 1 naming what is stale.
 */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { client: { type: 'boolean' }, check: { type: 'boolean' } } })

if (!values.check) await generateClient()
if (!values.client) await writeDocuments(values.check ?? false)

/** Stands in for the schema engine, which Prisma would download and generating does not use. */
async function generateClient(): Promise<void> {
  const prisma = createRequire(import.meta.url).resolve('prisma/package.json')
  const { bin } = JSON.parse(await readFile(prisma, 'utf8'))
  const cli = join(dirname(prisma), bin.prisma)
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }
  const args = [cli, 'generate', '--schema', join(root, 'prisma/schema.prisma'), '--no-hints']
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, env })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    console.error(`${stdout ?? ''}${stderr ?? ''}`.trim() || error)
    process.exit(1)
  }
}

async function writeDocuments(checkOnly: boolean): Promise<void> {
  const { envExample, settingsDocument } = await import('./settings-documents.ts')
  const { renderOpenapi } = await import('#api/openapi/openapi.ts')
  const { renderEventTypes } = await import('./event-types.ts')
  const { renderSdkTypes } = await import('./sdk-types.ts')
  const { renderSdkCalls } = await import('./sdk-calls.ts')
  const { grafanaDashboards } = await import('./grafana-dashboards.ts')
  const { chartSchemaWithSettings } = await import('./chart-schema.ts')
  const { metricsDocument } = await import('./metrics-document.ts')
  const { operationsDocument } = await import('./operations-document.ts')
  const { putGuide } = await import('./guide-documents.ts')
  const openapi = await renderOpenapi()
  const sdkTypes = await renderSdkTypes(openapi)
  const stale: string[] = []
  const put = async (name: string, write: (old: string) => string) => {
    const old = await readFile(join(root, name), 'utf8').catch(() => null)
    const fresh = write(old ?? '')
    if (fresh === (old ?? '')) return
    if (checkOnly) stale.push(name)
    else await writeFile(join(root, name), fresh)
  }
  await put('.env.example', envExample)
  await put('docs/settings.md', settingsDocument)
  await put('openapi/openapi.json', () => openapi)
  await put('packages/webhooks/src/events.generated.ts', () => renderEventTypes(openapi))
  await put('packages/sdk/src/generated/types.ts', () => sdkTypes)
  await put('packages/sdk/src/generated/calls.ts', () => renderSdkCalls(openapi))
  await put('docs/metrics.md', metricsDocument)
  await put('docs/operations.md', operationsDocument)
  await put('deploy/helm/backhaul/values.schema.json', chartSchemaWithSettings)
  await putGuide(put)
  for (const [name, dashboard] of grafanaDashboards()) await put(name, () => dashboard)
  if (stale.length === 0) return
  console.error(`stale: ${stale.join(', ')} – npm run generate`)
  process.exitCode = 1
}
