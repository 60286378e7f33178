/** APIs and workers on one database, which are replaced one after the other as an orchestrator does it. */

import { eventually } from '#support/assertions/eventually.ts'
import { listening, operatorToken, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { type Balancer, startBalancer } from './rolling-balancer.ts'

export interface Stop {
  kind: Kind
  /** From SIGTERM until the process was gone. */
  ms: number
  code: number | null
  output: string
}

export interface Fleet {
  /** Where clients find an API. */
  url: string
  /** Every process that was stopped so far. */
  stops: Stop[]
  start(kind: Kind): Promise<ServiceProcess>
  stop(kind: Kind): Promise<Stop>
  /** Replaces every process: its successor is ready before it is stopped. Ends early, after a process, with the signal. */
  replaceAll(ended: AbortSignal): Promise<void>
  close(): Promise<void>
}

type Kind = 'api' | 'worker'

/** Then it is killed, as an orchestrator does. */
const mostStopMs = 15_000

export async function openFleet(env: Record<string, string>): Promise<Fleet> {
  const balancer: Balancer = await startBalancer()
  const running: { kind: Kind; service: ServiceProcess; url: string | null }[] = []
  const stops: Stop[] = []
  const all = { ADMIN_TOKEN: operatorToken, HOST: '127.0.0.1', PORT: '0', ...env }

  const start = async (kind: Kind): Promise<ServiceProcess> => {
    const service = startProcess(`apps/${kind}/src/main.ts`, all)
    const entry = { kind, service, url: null as string | null }
    running.push(entry)
    if (kind === 'api') {
      entry.url = await listening(service)
      balancer.add(entry.url)
    } else await eventually('the worker has started', () => started(service), { withinMs: 60_000 })
    return service
  }
  /** The oldest of its kind. */
  const stop = async (kind: Kind): Promise<Stop> => {
    const entry = running.find((each) => each.kind === kind)!
    running.splice(running.indexOf(entry), 1)
    const beganAt = performance.now()
    const patience = setTimeout(() => entry.service.child.kill('SIGKILL'), mostStopMs)
    const code = await entry.service.end('SIGTERM').finally(() => clearTimeout(patience))
    const stopped = { kind, ms: performance.now() - beganAt, code, output: entry.service.output() }
    if (entry.url !== null) balancer.remove(entry.url)
    stops.push(stopped)
    return stopped
  }
  return {
    url: balancer.url,
    stops,
    start,
    stop,
    async replaceAll(ended) {
      for (const { kind } of [...running]) {
        if (ended.aborted) return
        await start(kind)
        await stop(kind)
      }
    },
    async close() {
      await Promise.all(running.map(({ service }) => service.end('SIGTERM')))
      balancer.close()
    },
  }
}

function started(worker: ServiceProcess): boolean {
  if (worker.child.exitCode !== null) throw new Error(worker.output())
  return worker.output().includes('worker started')
}
