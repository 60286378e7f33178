/** Generates, in the Helm chart's schema of values, the settings: a misspelt one is refused instead of ignored. */
import { settingList } from '#core/runtime/settings.ts'

/** The chart gives these ports to containers and probes. */
const fixed = ['HOST', 'PORT', 'OPERATIONS_PORT']
/** Probes and Prometheus come from outside of the pod. */
const operationsHost = { enum: ['0.0.0.0', '::'] }
const operationsPort = { type: ['string', 'integer'], pattern: '^9464$', minimum: 9464, maximum: 9464 }
/** Of Node and OpenTelemetry, which read their own. */
const foreign = { '^(NODE|OTEL)_[A-Z0-9_]+$': { type: 'string' } }
/** Their values may be in a ConfigMap all the same: they are secret only where they have a password in them. */
const rarelySecret = ['S3_ENDPOINT', 'S3_PUBLIC_ENDPOINT']

/** `schema` (JSON) with the settings that are no secrets as its `settings`. */
export function chartSchemaWithSettings(schema: string): string {
  const document = JSON.parse(schema)
  const isGiven = ({ name, secret }: { name: string; secret: boolean }) =>
    !fixed.includes(name) && (!secret || rarelySecret.includes(name))
  const rows = settingList
    .filter(isGiven)
    .map(({ name, type, description }) => [
      name,
      { description: description.replaceAll('`', ''), type: type === 'string' ? type : ['string', type] },
    ])
  // Among the foreign ones there are secrets of ours, which no ConfigMap may have.
  const kept = settingList
    .filter(({ name, secret }) => secret && /^(NODE|OTEL)_/.test(name))
    .map(({ name }) => [name, false])
  document.properties.settings = {
    type: 'object',
    required: ['OPERATIONS_HOST', 'OPERATIONS_PORT', 'WORKER_CONCURRENCY'],
    additionalProperties: false,
    properties: {
      ...Object.fromEntries([...rows, ...kept]),
      OPERATIONS_HOST: operationsHost,
      OPERATIONS_PORT: operationsPort,
    },
    patternProperties: foreign,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
