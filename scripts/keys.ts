/** Lists the encryption keys that the database of DATABASE_URL needs. */
import { findPostgres } from '#core/database/connection-urls.ts'
import { openDatabase } from '#core/database/database.ts'
import { readKeys } from '#core/encryption/postgres/read-keys.ts'
import { adviceText } from '#core/encryption/rules/key-use.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import { ConfigError, readConfig } from '#core/runtime/config.ts'
import { explainFailure } from './explain-failure.ts'
import { readArguments } from './read-arguments.ts'

const usage = `Usage: DATABASE_URL=postgresql://… npm run keys

Lists the encryption keys that the database has seen, by their ids: how many processes have each, how many encrypted values of which table
need it, and whether it may be taken out of ENCRYPTION_KEYS. It reads every table with encrypted values, changes nothing, and needs no key.`

readArguments(usage, { options: { help: { type: 'boolean', short: 'h' } } })
process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const { databaseUrl, databaseDirectUrl } = readConfig(process.env, 'migrate')
    const { url, pooled } = await findPostgres(databaseUrl!, databaseDirectUrl)
    const database = openDatabase(url, { pooled })
    try {
      const keys = await readKeys(database)
      const { now } = (await database.first<{ now: Date }>('select clock_timestamp() as now'))!
      for (const key of keys) console.log(adviceText(key, now))
      if (keys.length === 0) console.log('No process has begun on this database with a key yet.')
      return 0
    } finally {
      await database.close()
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof DatabaseUnavailable))
      console.error('The keys could not be listed:')
    console.error(explainFailure(error))
    return 1
  }
}
