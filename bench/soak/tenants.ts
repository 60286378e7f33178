/** The tenants of the soak with their sessions, and the receivers of their webhooks. */
import { operatorToken } from '#support/processes/service.ts'
import { createSoakClient, type SoakClient } from './client.ts'
import { type SoakReceiver, startSoakReceiver } from './receiver.ts'

export interface SoakSession {
  identifier: string
  tenantId: string
  client: SoakClient
  /** Whether its events are POSTed. */
  isTold: boolean
  /** Whether a wake lasts until its client says that it is done. */
  isExplicit: boolean
}

export interface SoakTenant {
  id: string
  client: SoakClient
  /** Those that tasks are created in. */
  sessions: SoakSession[]
  /** Nothing is created in it before the end, so that nothing can stand before what is. */
  quiet: SoakSession
  wasInForeground: boolean
}

/** Small, so that tasks wait for the limiter and go on; the factor leaves many steps below the cap. */
export const limiterPolicy = { baseSeconds: 0.2, factor: 1.2, capSeconds: 5 }
/** A body that stops is given up after so long. */
const timeoutSeconds = 5

interface SessionKind {
  name: string
  isTold: boolean
  configuration: object
}

const sessionKinds: readonly SessionKind[] = [
  { name: 'implied', isTold: true, configuration: { wakeMaximumLatency: 2 } },
  { name: 'explicit', isTold: true, configuration: { wakeCompletion: 'explicit', wakeMaximumLatency: 5 } },
  { name: 'returning', isTold: true, configuration: { fileRetention: 'untilReturn' } },
  { name: 'pulling', isTold: false, configuration: { delegate: { kind: 'pull' } } },
]
const quietKind: SessionKind = { name: 'quiet', isTold: true, configuration: { wakeMaximumLatency: 2 } }

export interface Tenants {
  tenants: SoakTenant[]
  receivers: SoakReceiver[]
}

export async function openTenants(options: {
  urls: readonly string[]
  count: number
  random: () => number
  signal: AbortSignal
  closes: (close: () => unknown) => void
}): Promise<Tenants> {
  const { urls, count, random, signal, closes } = options
  const operator = createSoakClient(urls, operatorToken, signal)
  const tenants: SoakTenant[] = []
  const receivers: SoakReceiver[] = []
  for (let n = 1; n <= count; n++) {
    const made = await must<{ tenant: { id: string }; apiKey: string }>(
      operator.send('POST', '/v1/admin/tenants', { name: `soak ${n}` }, `tenant-${n}`),
    )
    const tenantId = made.tenant.id
    await must(operator.send('PATCH', `/v1/admin/tenants/${tenantId}`, { limiterPolicy }))
    const client = createSoakClient(urls, made.apiKey, signal)
    const receiver = await startSoakReceiver(random)
    closes(() => receiver.close())
    receivers.push(receiver)
    const endpoint = await must<{ id: string; secret: string }>(
      client.send('POST', '/v1/webhook-endpoints', { url: receiver.url }, `endpoint-${n}`),
    )
    receiver.secret = endpoint.secret
    const open = async ({ name, isTold, configuration }: SessionKind): Promise<SoakSession> => {
      const identifier = `${name}-${n}`
      await must(
        client.send('PUT', `/v1/sessions/${identifier}`, {
          configuration: {
            delegate: { endpointId: endpoint.id },
            timeoutIntervalForRequest: timeoutSeconds,
            httpMaximumConnectionsPerHost: 16,
            ...configuration,
          },
        }),
      )
      return { identifier, tenantId, client, isTold, isExplicit: name === 'explicit' }
    }
    const sessions: SoakSession[] = []
    for (const kind of sessionKinds) sessions.push(await open(kind))
    tenants.push({ id: tenantId, client, sessions, quiet: await open(quietKind), wasInForeground: false })
    receiver.onTaken = ({ id, type, sessionIdentifier, data }) => {
      if (type === 'session.wake' && data.completionToken) tokens.set(data.wakeId!, data.completionToken)
      if (type !== 'session.events_finished' || !sessionIdentifier.startsWith('explicit')) return
      const completionToken = tokens.get(data.wakeId!)
      // 409: it is completed already, or more events came behind these; then their end is told again.
      client.send('POST', `/v1/wakes/${data.wakeId}/complete`, { completionToken }, `complete-${id}`).catch(() => {})
    }
  }
  return { tenants, receivers }
}

/** By wake. */
const tokens = new Map<string, string>()

/** The body of a response that has to be 2xx. */
export async function must<T>(sent: Promise<{ status: number; body: unknown }>): Promise<T> {
  const { status, body } = await sent
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body as T
}
