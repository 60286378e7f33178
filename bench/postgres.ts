import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { startDebianPostgres } from '#support/servers/debian-postgres.ts'

interface BenchPostgres {
  connectionString: string
  stop(): Promise<void>
}

/** For `--help`, and for parseArgs. */
export const postgresUsage = '[--postgres embedded|debian]'
export const postgresOption = { postgres: { type: 'string', default: 'embedded' } } as const

/**
 * The PostgreSQL that is asked for on the command line: the embedded one, its files in `dataDir`, or Debian's 15 with its
 * default settings (JIT among them) but for the given ones.
 */
export async function startPostgres(dataDir: string, settings: Record<string, string> = {}): Promise<BenchPostgres> {
  const { values } = parseArgs({ options: postgresOption, strict: false })
  if (values.postgres === 'debian') {
    const { connectionString, dispose } = await startDebianPostgres({ settings })
    return { connectionString, stop: dispose }
  }
  if (values.postgres !== 'embedded') throw new Error('--postgres must be embedded or debian')
  return startEmbeddedPostgres({ dataDir, log: { info() {}, error: console.error }, settings })
}
