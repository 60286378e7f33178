/** Migrates the database of DATABASE_URL to this version's schema. */
import { findPostgres } from '#core/database/connection-urls.ts'
import { migrate } from '#core/database/migrate.ts'
import type { LockWait } from '#core/database/migration-locks.ts'
import { secureRows } from '#core/database/row-security.ts'
import { createDatabaseWait } from '#core/database/wait-for-database.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import { tenantRows } from '#core/ledger/tenant-rows.ts'
import { ConfigError, readConfig } from '#core/runtime/config.ts'
import { readArguments } from './read-arguments.ts'

const usage = `Usage: DATABASE_URL=postgresql://… npm run migrate

Applies the migrations of prisma/migrations that the database lacks, all or none, and the policies of row-level security. Safe to run at any time, also by
several processes at once. Not needed with \`npm start\` and no DATABASE_URL: that migrates its own PostgreSQL.`

readArguments(usage, { options: { help: { type: 'boolean', short: 'h' } } })
const sayLocked = ({ tries, pauseMs, reason }: LockWait) =>
  console.log(`try ${tries}: others have locks that it needs (${reason}); again in ${pauseMs} ms`)
process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const { databaseUrl, databaseDirectUrl, rowLevelSecurity } = readConfig(process.env, 'migrate')
    const waitForDatabase = createDatabaseWait({
      say: ({ waitedSeconds, reason }) => console.log(`waiting for the database since ${waitedSeconds} s: ${reason}`),
    })
    const { directUrl } = await waitForDatabase(() => findPostgres(databaseUrl!, databaseDirectUrl))
    const { applied, isAhead } = await waitForDatabase(
      () => migrate(directUrl, { say: sayLocked }),
      'migrations are being applied',
    )
    for (const name of applied) console.log(`applied ${name}`)
    if (applied.length === 0) console.log('The database is up to date.')
    const secure = () => secureRows(directUrl, tenantRows, { isAhead, say: sayLocked })
    const refusal = rowLevelSecurity ? await waitForDatabase(secure) : null
    if (refusal !== null) console.log(`Row-level security is off: ${refusal}.`)
    return 0
  } catch (error) {
    const { message } = error as Error
    if (!(error instanceof ConfigError || error instanceof DatabaseUnavailable)) console.error('The migration failed:')
    console.error(message)
    return 1
  }
}
