import { randomInt } from 'node:crypto'
import { copyFile, realpath, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDirectory, readIfThere, replacePrivateFile } from '@backhaul/durable-files'
import { type Cluster, completeRights, database, openCluster, resetPassword, role } from './cluster.ts'
import { lockDirectory } from './directory-lock.ts'
import { type Server, type ServerSettings, startServer, stopLeftServer } from './server.ts'

/** Receives reports of what it did on its own. `event` never changes; the message is for people. */
export interface PostgresLog {
  info(fields: PostgresLogFields, message: string): void
  error(fields: PostgresLogFields, message: string): void
}

export interface PostgresLogFields {
  event: `postgres.${string}`
  pid?: number
  reason?: string
}

export interface EmbeddedPostgres {
  connectionString: string
  /** Shuts the server down and unlocks DATA_DIR. Harmless when repeated. */
  stop(): Promise<void>
}

const maxLogBytes = 4 * 1024 * 1024
const logCheckMs = 60_000
const restartDelayMs = 500
/** Processes of a killed server need a moment to notice and leave their shared memory. */
const leftoverTimeoutMs = 15_000

/**
 * Starts a PostgreSQL server with its files, log and password under `dataDir`, which only this process may use meanwhile. A server
 * that a killed process has left running is stopped first, and one that dies is started again on the same port.
 * Errors: one sentence each (folder in use or not writable, no binaries for this system, the server's own last word).
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  log: PostgresLog
  /** Server settings (postgresql.conf) other than the usual ones. */
  settings?: ServerSettings
}): Promise<EmbeddedPostgres> {
  const dataDir = await openDataDir(options.dataDir)
  const lock = await lockDirectory(dataDir)
  const logPath = join(dataDir, 'postgres.log')
  try {
    const cluster = await openCluster(dataDir)
    const leftPid = await stopLeftServer(cluster)
    if (leftPid !== null)
      options.log.info(
        { event: 'postgres.left_one_stopped', pid: leftPid },
        'stopped the PostgreSQL that a killed process had left',
      )
    if (cluster.passwordIsNew) await resetPassword(cluster)
    await completeRights(cluster, dataDir)
    await boundLog(logPath)
    const { port, server } = await startOnSomePort(cluster, dataDir, logPath, options.settings ?? {})
    const stop = keepRunning(server, options.log, () =>
      startServer(cluster, { port, logPath, settings: options.settings ?? {} }),
    )
    const logTimer = setInterval(() => boundLog(logPath).catch(() => {}), logCheckMs).unref()
    let stopped: Promise<void> | undefined
    const stopOnce = async () => {
      clearInterval(logTimer)
      await stop().finally(() => lock.release())
    }
    return {
      connectionString: `postgresql://${role}:${cluster.password}@127.0.0.1:${port}/${database}`,
      stop: () => (stopped ??= stopOnce()),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openDataDir(dataDir: string): Promise<string> {
  try {
    await makeDirectory(dataDir)
    return await realpath(dataDir)
  } catch (error) {
    throw new Error(`DATA_DIR ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Starts the server on the port of the last start when that is free, else on any port below Linux' ephemeral range, where no client socket can be. */
async function startOnSomePort(cluster: Cluster, dataDir: string, logPath: string, settings: ServerSettings) {
  const portPath = join(dataDir, 'postgres-port')
  const lastPort = Number(await readIfThere(portPath)) || null
  const until = performance.now() + leftoverTimeoutMs
  for (let port = lastPort ?? randomPort(), tries = 0; ; ) {
    try {
      const server = await startServer(cluster, { port, logPath, settings })
      if (port !== lastPort) await replacePrivateFile(portPath, `${port}\n`)
      return { port, server }
    } catch (error) {
      const reason = (error as Error).message
      if (/could not create any TCP\/IP sockets/.test(reason) && tries++ < 20) port = randomPort()
      else if (/pre-existing shared memory|lock file .* already exists/.test(reason) && performance.now() < until)
        await sleep(100)
      else throw error
    }
  }
}

function randomPort(): number {
  return randomInt(20_000, 32_768)
}

/** Starts the server again whenever it ends on its own. Returns the function that ends it. */
function keepRunning(
  first: Server,
  log: Pick<PostgresLog, 'error'>,
  start: () => Promise<Server>,
): () => Promise<void> {
  let server: Server | null = first
  const stopping = new AbortController()
  const watch = async () => {
    while (!stopping.signal.aborted) {
      await server?.exited
      if (stopping.signal.aborted) return
      server = null
      log.error({ event: 'postgres.died' }, 'the embedded PostgreSQL has died; it is started again')
      await sleep(restartDelayMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      server = await start().catch((error: Error) => {
        log.error(
          { event: 'postgres.not_restarted', reason: error.message },
          'the embedded PostgreSQL could not be started again',
        )
        return null
      })
    }
  }
  const watching = watch()
  return async () => {
    stopping.abort()
    await server?.stop()
    await watching
    await server?.stop()
  }
}

/** Keeps the end of a long log beside a fresh one. The server appends, so its file can be cut under it. */
async function boundLog(path: string): Promise<void> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size <= maxLogBytes) return
  await copyFile(path, `${path}.1`)
  await truncate(path)
}
