import { lookup as systemLookup } from 'node:dns/promises'
import { type AddressClass, type Cidr, classifyAddress, isSameAddress } from '../domain/address.ts'
import { parseIp } from '../domain/ip.ts'
import { TransferFault } from '../domain/task-error.ts'
import { checkUrl } from '../domain/url.ts'
import { type BufferPool, createBufferPool } from './buffer-pool.ts'
import { type Connection, openConnection } from './connection.ts'
import { connectFault, lookupFault, tlsFault } from './network-fault.ts'

/** Every address of a name. Rejects with a `code` as `dns.lookup` does. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

/** The steps of a dial in their order; a step that is not needed (no name, no TLS) is not reported. */
export type DialStep = 'domainLookupStart' | 'domainLookupEnd' | 'connectStart' | 'secureConnectionStart' | 'connectEnd'

export interface DialOptions {
  /** An abort ends the dial at once, throwing the reason. Later aborts do not touch the connection. */
  signal: AbortSignal
  onStep?: (step: DialStep) => void
}
/** A connection to a checked peer on which nothing has been written but the TLS handshake. */
export interface Dialled {
  connection: Connection
  addressClass: AddressClass
}

/** The only one who opens connections to addresses that a tenant has chosen. */
export interface EgressGuard {
  readonly allowed: readonly Cidr[]
  /** What can be said of a URL without resolving its name: throws TransferFault (destination_denied, unsupportedURL). */
  check(url: string): void
  /** Throws TransferFault: destination_denied, unsupportedURL, or how resolving, connecting or TLS failed. */
  dial(url: string, options: DialOptions): Promise<Dialled>
}

const maxAddresses = 16
/** How long an address may keep silent while another one is left to try. */
const patienceMs = 5000

/**
 * String and name gate → resolve and check every address → connect to exactly one checked address → check the peer.
 * The name is resolved once per dial and never again, so there is nothing to rebind; proxies are never used.
 */
export function createEgressGuard(options: {
  allowed: readonly Cidr[]
  lookup?: Lookup
  buffers?: BufferPool
}): EgressGuard {
  const { allowed, lookup = resolveBySystem, buffers = createBufferPool() } = options
  const gate = (url: string): URL => {
    const checked = checkUrl(url, { allowed })
    if ('code' in checked) throw refusal(checked.code, checked.detail)
    return new URL(checked.url)
  }
  return {
    allowed,
    check: (url) => void gate(url),
    async dial(url, { signal, onStep = () => {} }) {
      signal.throwIfAborted()
      const { protocol, hostname, port } = gate(url)
      const host = hostname.replace(/^\[|\]$/g, '')
      const candidates = await resolve(host, { lookup, allowed, signal, onStep })
      const to = { host, port: Number(port) || defaultPort(protocol), isSecure: protocol === 'https:' }
      onStep('connectStart')
      const dialled = await connectToFirst(candidates, to, { buffers, signal, onStep })
      onStep('connectEnd')
      return dialled
    },
  }
}

interface Candidate {
  address: string
  addressClass: AddressClass
}

async function resolve(
  host: string,
  { lookup, allowed, signal, onStep }: Required<DialOptions> & { lookup: Lookup; allowed: readonly Cidr[] },
): Promise<Candidate[]> {
  if (parseIp(host) !== null) return [check(host, allowed)]
  onStep('domainLookupStart')
  const addresses = await untilAborted(lookup(host), signal).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : lookupFault(error)
  })
  onStep('domainLookupEnd')
  if (addresses.length === 0) throw new TransferFault('cannotFindHost', 'The host name has no address.')
  if (addresses.length > maxAddresses) throw refusal('destination_denied', 'The host name has too many addresses.')
  // One bad address condemns the name: which one the next lookup would put first is up to its owner.
  return addresses.map((address) => check(address, allowed))
}

function check(address: string, allowed: readonly Cidr[]): Candidate {
  const addressClass = classifyAddress(address, allowed)
  if (addressClass === 'denied')
    throw refusal('destination_denied', 'The host leads to an address that is not allowed.')
  return { address, addressClass }
}

interface Target {
  host: string
  port: number
  isSecure: boolean
}

async function connectToFirst(
  candidates: readonly Candidate[],
  target: Target,
  how: Required<DialOptions> & { buffers: BufferPool },
): Promise<Dialled> {
  let failure: unknown
  for (const [index, { address, addressClass }] of candidates.entries()) {
    const isLast = index === candidates.length - 1
    try {
      return { connection: await connectTo(address, target, how, isLast ? null : patienceMs), addressClass }
    } catch (error) {
      how.signal.throwIfAborted()
      failure = error
    }
  }
  throw failure
}

async function connectTo(
  address: string,
  { host, port, isSecure }: Target,
  { buffers, signal, onStep }: Required<DialOptions> & { buffers: BufferPool },
  patience: number | null,
): Promise<Connection> {
  const tls = {
    // RFC 6066 §3: no server name for an address; the certificate is then checked against the address that is dialled.
    ...(parseIp(host) === null ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Also against NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
  } as const
  const connection = openConnection({ host: address, port, ...(isSecure ? { tls } : {}) }, buffers)
  const { socket } = connection
  let isConnected = false
  const impatience = patience === null ? undefined : setTimeout(() => socket.destroy(timeout()), patience)
  // Before anybody else hears of the connection: with TLS, the first word is said in the next listener.
  socket.prependOnceListener('connect', () => {
    clearTimeout(impatience)
    isConnected = true
    if (socket.remoteAddress === undefined) socket.destroy(lost())
    else if (!isSameAddress(socket.remoteAddress, address))
      socket.destroy(refusal('destination_denied', 'The connection led to another address than the checked one.'))
    else if (isSecure) onStep('secureConnectionStart')
  })
  try {
    await opened(connection, isSecure ? 'secureConnect' : 'connect', signal)
    return connection
  } catch (error) {
    connection.destroy()
    if (signal.aborted) throw signal.reason
    throw error instanceof TransferFault ? error : isConnected && isSecure ? tlsFault(error) : connectFault(error)
  } finally {
    clearTimeout(impatience)
  }
}

function opened({ socket }: Connection, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort)
      if (!socket.destroyed) resolve()
    })
    socket.once('error', reject)
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      reject(lost())
    })
  })
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

async function resolveBySystem(hostname: string): Promise<string[]> {
  const answers = await systemLookup(hostname, { all: true, order: 'verbatim' })
  return answers.map(({ address }) => address)
}

function refusal(code: 'unsupported_url' | 'destination_denied', detail: string): TransferFault {
  return new TransferFault(code === 'destination_denied' ? 'destination_denied' : 'unsupportedURL', detail)
}

function lost(): Error {
  return new TransferFault('networkConnectionLost', 'The connection was lost.')
}

function timeout(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80
}
