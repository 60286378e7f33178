import { lookup as systemLookup } from 'node:dns/promises'
import { isIP, connect as openTcp, type Socket } from 'node:net'
import { connect as openTls } from 'node:tls'
import { type AddressClass, type Cidr, classifyAddress, isSameAddress } from '../domain/address.ts'
import { TransferFault } from '../domain/task-error.ts'
import { checkUrl } from '../domain/url.ts'
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
  socket: Socket
  addressClass: AddressClass
  /** Bytes received so far, as they came over the wire. */
  bytesReceived(): number
}

/** The only one who opens connections to addresses that a tenant has chosen. */
export interface EgressGuard {
  readonly allowed: readonly Cidr[]
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
export function createEgressGuard(options: { allowed: readonly Cidr[]; lookup?: Lookup }): EgressGuard {
  const { allowed, lookup = resolveBySystem } = options
  return {
    allowed,
    async dial(url, { signal, onStep = () => {} }) {
      signal.throwIfAborted()
      const checked = checkUrl(url, { allowed })
      if ('code' in checked) throw refusal(checked.code, checked.detail)
      const { protocol, hostname, port } = new URL(checked.url)
      const host = hostname.replace(/^\[|\]$/g, '')
      const candidates = await resolve(host, { lookup, allowed, signal, onStep })
      onStep('connectStart')
      const { tcp, addressClass } = await connectToFirst(candidates, Number(port) || defaultPort(protocol), signal)
      const bytesReceived = () => tcp.bytesRead
      if (protocol === 'http:') {
        onStep('connectEnd')
        return { socket: tcp, addressClass, bytesReceived }
      }
      onStep('secureConnectionStart')
      const socket = await secure(tcp, host, signal)
      onStep('connectEnd')
      return { socket, addressClass, bytesReceived }
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
  if (isIP(host) !== 0) return [check(host, allowed)]
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

async function connectToFirst(candidates: readonly Candidate[], port: number, signal: AbortSignal) {
  let failure: unknown
  for (const [index, { address, addressClass }] of candidates.entries()) {
    const isLast = index === candidates.length - 1
    try {
      return { tcp: await connectTo(address, port, signal, isLast ? null : patienceMs), addressClass }
    } catch (error) {
      signal.throwIfAborted()
      failure = error
    }
  }
  throw failure
}

async function connectTo(address: string, port: number, signal: AbortSignal, patience: number | null): Promise<Socket> {
  const tcp = openTcp({ host: address, port, noDelay: true })
  const impatience = patience === null ? undefined : setTimeout(() => tcp.destroy(timeout()), patience)
  try {
    await opened(tcp, 'connect', signal)
  } catch (error) {
    throw signal.aborted ? signal.reason : connectFault(error)
  } finally {
    clearTimeout(impatience)
  }
  if (tcp.remoteAddress === undefined) throw lost(tcp)
  if (!isSameAddress(tcp.remoteAddress, address)) {
    tcp.destroy()
    throw refusal('destination_denied', 'The connection led to another address than the checked one.')
  }
  return tcp
}

async function secure(tcp: Socket, host: string, signal: AbortSignal): Promise<Socket> {
  const socket = openTls({
    socket: tcp,
    host,
    // RFC 6066 §3: no server name for an address; the certificate is then checked against `host`.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Also against NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
  })
  try {
    await opened(socket, 'secureConnect', signal)
  } catch (error) {
    tcp.destroy()
    throw signal.aborted ? signal.reason : tlsFault(error)
  }
  return socket
}

/** Waits until the socket is open. Leaves a listener behind, so that an error before the next owner listens is not uncaught. */
function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      reject(lost(socket))
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

function lost(socket: Socket): Error {
  socket.destroy()
  return new TransferFault('networkConnectionLost', 'The connection was lost.')
}

function timeout(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80
}
