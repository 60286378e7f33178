import { type BufferPool, createBufferPool } from '../http/buffer-pool.ts'
import type { Connection } from '../http/connection.ts'
import { lookupError } from '../http/network-errors.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { type EgressProxy, throughProxy } from './connect-proxy.ts'
import { createResolver, type Lookup } from './resolver.ts'
import { type DialStep, directRoute, type Route, type RouteOptions, type Target } from './route.ts'
import type { AddressClass } from './rules/address-class.ts'
import { classifyDestination, type EgressPolicy, openings } from './rules/egress-policy.ts'
import { parseIp } from './rules/ip.ts'
import { portOf } from './rules/port-policy.ts'
import { checkUrl, maxDialledBytes, ownRefusal, refusalText, type UrlRefusal } from './rules/url-policy.ts'

interface DialOptions {
  /** An abort ends the dial at once, throwing the reason. Later aborts do not touch the connection. */
  signal: AbortSignal
  onStep?: (step: DialStep) => void
}
/** A connection to a checked peer on which nothing has been written but the TLS handshake. */
export interface Dialled {
  connection: Connection
  addressClass: AddressClass
}

/** The only way to open a connection to an address that a tenant has chosen. */
export interface EgressGuard {
  readonly policy: EgressPolicy
  /** Checks a URL as far as possible without resolving its name. Throws TransferError (destination_denied, unsupportedURL). */
  check(url: string): void
  /**
   * Throws TransferError: destination_denied, unsupportedURL, or how resolving, connecting or TLS failed. Throws
   * EgressProxyError when the operator's proxy is to blame.
   */
  dial(url: string, options: DialOptions): Promise<Dialled>
}

const maxAddresses = 16
const tooMany: UrlRefusal = {
  code: 'destination_denied',
  detail: `The host name has more than ${maxAddresses} addresses.`,
}
const notAllowed: UrlRefusal = {
  code: 'destination_denied',
  detail: 'The host leads to an address that is not allowed.',
  fix: openings.resolved,
}
/** The time limit of an address while another one is left to try. */
const connectTimeoutMs = 5000

/**
 * Checks the URL's string and name, resolves the name and checks every address, connects to exactly one checked address, and
 * checks the peer. The name is resolved once per dial and never again, so there is nothing to rebind. The way out is direct or the operator's
 * `proxy`; variables such as HTTPS_PROXY and NO_PROXY change nothing.
 */
export function createEgressGuard(
  options: EgressPolicy & { lookup?: Lookup; buffers?: BufferPool; proxy?: EgressProxy | null },
): EgressGuard {
  const { lookup = createResolver(), buffers = createBufferPool(), proxy = null, ...policy } = options
  const route = proxy === null ? directRoute : throughProxy(proxy)
  const gate = (url: string): URL => {
    const checked = checkUrl(url, policy, maxDialledBytes)
    if ('code' in checked) throw refusal(checked)
    return new URL(checked.url)
  }
  return {
    policy,
    check: (url) => void gate(url),
    async dial(url, { signal, onStep = () => {} }) {
      signal.throwIfAborted()
      const gated = gate(url)
      const host = gated.hostname.replace(/^\[|\]$/g, '')
      const to = { host, port: portOf(gated), isSecure: gated.protocol === 'https:' }
      const candidates = await resolve(to, { lookup, policy, signal, onStep })
      onStep('connectStart')
      const dialled = await connectToFirst(candidates, to, route, { buffers, signal, onStep })
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
  { host, port }: Target,
  { lookup, policy, signal, onStep }: Required<DialOptions> & { lookup: Lookup; policy: EgressPolicy },
): Promise<Candidate[]> {
  const check = (address: string): Candidate => {
    const addressClass = classifyDestination({ host, address, port }, policy)
    if (addressClass === 'own') throw refusal(ownRefusal)
    if (addressClass === 'denied') throw refusal(notAllowed)
    return { address, addressClass }
  }
  if (parseIp(host) !== null) return [check(host)]
  onStep('domainLookupStart')
  const addresses = await untilAborted(lookup(host, signal), signal).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : lookupError(error)
  })
  onStep('domainLookupEnd')
  if (addresses.length === 0) throw new TransferError('cannotFindHost', 'The host name has no address.')
  if (addresses.length > maxAddresses) throw refusal(tooMany)
  // One denied address is enough to refuse the name, because its owner decides which address the next lookup returns first.
  return addresses.map((address) => check(address))
}

async function connectToFirst(
  candidates: readonly Candidate[],
  target: Target,
  route: Route,
  how: Omit<RouteOptions, 'connectTimeoutMs'>,
): Promise<Dialled> {
  let failure: unknown
  for (const [index, { address, addressClass }] of candidates.entries()) {
    const isLast = index === candidates.length - 1
    try {
      const connection = await route(address, target, { ...how, connectTimeoutMs: isLast ? null : connectTimeoutMs })
      return { connection, addressClass }
    } catch (error) {
      how.signal.throwIfAborted()
      if (!(error instanceof TransferError)) throw error
      failure = error
    }
  }
  throw failure
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function refusal(refused: UrlRefusal): TransferError {
  const failure = refused.code === 'destination_denied' ? 'destination_denied' : 'unsupportedURL'
  return new TransferError(failure, refusalText(refused))
}
