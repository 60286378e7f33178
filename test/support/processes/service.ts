import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eventually } from '../assertions/eventually.ts'
import { type Client, createClient } from '../client/client.ts'
import { userEnvironment } from './user-environment.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const operatorToken = 'operator-token-of-the-tests-0123456789'

export interface ServiceProcess {
  child: ChildProcess
  /** Its output so far. */
  output(): string
  /** Sends a signal and waits until the process is gone; its exit code, null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * Runs a main file as a user's shell would: with these variables and none of the test run's. `folder`: of other code than this;
 * `uid`, `gid`: another user, if this one may.
 */
export function startProcess(
  entry: string,
  env: Record<string, string>,
  { folder = root, ...as }: { folder?: string; uid?: number; gid?: number } = {},
): ServiceProcess {
  const child = spawn(process.execPath, [entry], { cwd: folder, env: { ...userEnvironment, ...env }, ...as })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk))
  const gone = once(child, 'exit')
  return {
    child,
    output: () => output,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await gone
      }
      return child.exitCode
    },
  }
}

/** Resolves with the address it listens on; rejects with its output when it ends earlier. */
export async function listening(service: ServiceProcess, withinMs = 120_000): Promise<string> {
  return eventually(
    'the service listens',
    () => {
      if (service.child.exitCode !== null) return `ended: ${service.output()}`
      return /"url":"(http:[^"]+)","msg":"listening"/.exec(service.output())?.[1]
    },
    { withinMs },
  ).then((url) => {
    if (url.startsWith('ended')) throw new Error(url)
    return url
  })
}

/** Where it listens for operators. */
export const operationsOf = (service: Pick<ServiceProcess, 'output'>): Promise<string> =>
  eventually(
    'it listens for operators',
    () => /"url":"(http:[^"]+)","msg":"listening for operators"/.exec(service.output())?.[1],
  )

export interface Service extends ServiceProcess {
  url: string
}

/** `npm start`, listening on a port of its own choice. */
export async function startStandalone(dataDir: string, env: Record<string, string> = {}): Promise<Service> {
  const service = startProcess('apps/standalone/src/main.ts', {
    DATA_DIR: dataDir,
    PORT: '0',
    ADMIN_TOKEN: operatorToken,
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    ...env,
  })
  try {
    return { ...service, url: await listening(service) }
  } catch (error) {
    await service.end('SIGKILL')
    throw error
  }
}

/** A new tenant, and a client with its first key. */
export async function newTenant(
  url: string,
  name = 'a tenant',
): Promise<{ client: Client; tenantId: string; key: string }> {
  const operator = createClient(url, operatorToken)
  const { tenant, apiKey } = await operator.ok<{ tenant: { id: string }; apiKey: string }>(
    'POST',
    '/v1/admin/tenants',
    { name },
  )
  return { client: createClient(url, apiKey), tenantId: tenant.id, key: apiKey }
}
