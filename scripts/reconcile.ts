/** Compares the database of DATABASE_URL with the storage of S3_BUCKET or DATA_DIR. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findPostgres } from '#core/database/connection-urls.ts'
import { openDatabase } from '#core/database/database.ts'
import { doubtReconciliation } from '#core/files/doubt-reconciliation.ts'
import { createReconcileStore } from '#core/files/postgres/reconcile-store.ts'
import { type ReconcileLine, reconcile } from '#core/files/reconcile.ts'
import { reportLines } from '#core/files/rules/reconcile-report.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import type { Encryptor } from '#core/kernel/encryptor.ts'
import { createLedger } from '#core/ledger/ledger.ts'
import { type Config, ConfigError, readConfig } from '#core/runtime/config.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'
import { type ObjectStore, StorageUnavailable } from '#transfer/storage/object-store.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'
import { explainFailure } from './explain-failure.ts'

const usage = `Usage: npm run reconcile -- [--repair] [--older-than <hours>] [--tenant <id>] [--unrelated]

Compares database and storage, after one of them was restored from a backup. With DATABASE_URL, and the S3_… settings or the DATA_DIR of the workers.
Without --repair nothing is changed. Processes may run meanwhile; run it once at a time.

  --repair              end files whose object is missing or has another size (file.expired tells their clients), remove objects that no row
                        names, abort unfinished uploads that no row names
  --older-than <hours>  leave objects and uploads alone that are younger (24)
  --tenant <id>         only this tenant's
  --unrelated           repair although nothing on one side is on the other: everything there is really lost
  --help                this text

Objects whose keys are not the service's are counted, and never touched. Exit codes: 0 they agree or were repaired, 2 differences are left, 1 it failed.`

const refuse = (): never => {
  throw new Error('nothing is encrypted here')
}
/** Ending a file encrypts nothing, so no key is needed. */
const noKeys: Encryptor = { encrypt: refuse, decrypt: refuse, decryptBytes: refuse, sign: refuse, signatures: refuse }

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = readOptions()
    if (options === null) {
      console.log(usage)
      return 0
    }
    const config = readConfig(process.env, 'worker')
    if (!config.s3) await needFolder(config.dataDir)
    const { url, pooled } = await findPostgres(config.databaseUrl!, config.databaseDirectUrl)
    const database = openDatabase(url, { pooled })
    const objects = openObjects(config)
    try {
      // In a folder it makes what is missing.
      if (config.s3 || options.repair) await objects.check()
      const stores = { files: createReconcileStore(createLedger(database, mint, noKeys)) }
      const ports = { stores, objects, nowMs: Date.now, say }
      const doubt = await doubtReconciliation(ports, options)
      if (doubt !== null && !options.unrelated) {
        console.error(`Attention: ${doubt}`)
        if (options.repair) throw new TypeError('Nothing was changed. With --unrelated it is repaired all the same.')
      }
      const result = await reconcile(ports, options)
      for (const line of reportLines(result, options.repair)) console.log(line)
      const total = Object.values(result.found).reduce((sum, count) => sum + count, 0)
      return total === result.repaired ? 0 : 2
    } finally {
      await objects.close()
      await database.close()
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailable || error instanceof StorageUnavailable)
      console.error('The comparison ended early; what was repaired stays so. Run it again.')
    else if (!(error instanceof ConfigError || error instanceof TypeError)) console.error('The comparison failed:')
    console.error(explainFailure(error))
    return 1
  }
}

/** Null: help is wanted. Throws TypeError, as parseArgs does. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      repair: { type: 'boolean', default: false },
      'older-than': { type: 'string', default: '24' },
      tenant: { type: 'string' },
      unrelated: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const hours = Number(values['older-than'])
  if (values['older-than'].trim() === '' || !(hours >= 0 && hours <= 87_600))
    throw new TypeError('--older-than must be a number of hours from 0 to 87600')
  if (values.tenant !== undefined && !/^ten_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(values.tenant))
    throw new TypeError('--tenant must be the id of a tenant, such as ten_01jd8zc7v9f1yb5v6m3k2x4w8q')
  return {
    repair: values.repair,
    unrelated: values.unrelated,
    minimumAgeMs: hours * 3_600_000,
    tenantId: values.tenant ?? null,
  }
}

/** A folder that is not there holds nothing that could be compared: the path is wrong, or a volume is not mounted. It is not made. */
async function needFolder(dataDir: string): Promise<void> {
  const found = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error.code)
  if (typeof found === 'object' && found.isDirectory()) return
  const what = typeof found === 'object' ? 'is no folder' : `cannot be read (${found})`
  throw new TypeError(
    `DATA_DIR ${resolve(dataDir)} ${what}: set it to the folder with the files of the workers. Nothing was changed.`,
  )
}

function openObjects(config: Config): ObjectStore {
  if (config.s3) return createS3Objects(config.s3)
  return createFileObjects({ directory: join(config.dataDir, 'files'), signLink: refuse })
}

function say(line: ReconcileLine): void {
  if (line.kind === 'progress') console.log(`${line.step}: ${line.looked} looked at`)
  else {
    const whose = line.taskId ? ` of task ${line.taskId}` : line.uploadId ? ` (upload ${line.uploadId})` : ''
    console.log(`${line.repaired ? 'repaired' : 'found'} ${line.what}: ${line.key}${whose}`)
  }
}
