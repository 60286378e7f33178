import { version } from '@backhaul/transfer'
import type { Log } from '../kernel/log.ts'
import { type Tracing, withoutTracing } from '../kernel/tracing.ts'
import type { Config } from './config.ts'

/** Without a collector nothing that only traces need is loaded. */
export async function openTracing({ tracing }: Pick<Config, 'tracing'>, log: Log): Promise<Tracing> {
  if (tracing === null) return withoutTracing
  const { createOtlpTracing } = await import('../operations/opentelemetry/otlp-tracing.ts')
  return createOtlpTracing({ ...tracing, version }, log)
}
