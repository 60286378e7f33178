import { type OperationsServer, startOperationsServer } from '../operations/http/operations-server.ts'
import type { Config } from './config.ts'
import type { Logger } from './log.ts'

/** Prometheus' usual port for what OpenTelemetry exports. */
const usualPort = 9464

/**
 * Listens for operators. An API and a worker on one machine both want the usual port: the second one takes any free one, and so does
 * one whose clients have that port.
 * Rejects when it cannot listen where it was told to.
 */
export async function openOperations(
  {
    port: ofClients,
    operationsHost: host,
    operationsPort: given,
  }: Pick<Config, 'port' | 'operationsHost' | 'operationsPort'>,
  log: Pick<Logger, 'info' | 'error'>,
): Promise<OperationsServer> {
  const start = (port: number) => startOperationsServer({ host, port }, log)
  const usual = () => (ofClients === usualPort ? start(0) : start(usualPort).catch(() => start(0)))
  const server = await (given === null ? usual() : start(given)).catch((error) => {
    const { code = error.message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another process has it' : code
    throw new Error(`it cannot listen at OPERATIONS_HOST and OPERATIONS_PORT (${host}:${given ?? 0}): ${why}`)
  })
  log.info({ event: 'operations.listening', url: server.url }, 'listening for operators')
  return server
}
