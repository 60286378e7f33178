import { type Connection, openConnection, secureConnection } from '../http/connection.ts'
import { receiveResponse, sendHead } from '../http/exchange.ts'
import { connectError, systemCode, tlsError } from '../http/network-errors.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { EgressProxyError } from './connect-proxy-error.ts'
import { opened, type Route, type RouteOptions, silence, tlsTo } from './route.ts'
import { isSameAddress } from './rules/address-class.ts'
import { parseIp } from './rules/ip.ts'

/** An operator's HTTP proxy for all outgoing connections (EGRESS_PROXY_URL). */
export interface EgressProxy {
  /** A name or an address. The guard's rules do not apply to it, because the operator has chosen it. */
  host: string
  port: number
  /** The value of Proxy-Authorization. */
  authorization: string | null
}

const proxyTimeoutMs = 5_000

/**
 * The route through a tunnel of the proxy (CONNECT, RFC 9110 §9.3.6), for http and https alike. The proxy is asked for the address
 * that the guard has checked and never for the name, so its own resolving does not matter. TLS runs inside the tunnel, with the
 * name of the URL, so the proxy sees neither request nor response of https.
 *
 * A 403 is the operator's rule about the destination: `destination_denied`. A 5xx says that the proxy did not reach the target:
 * `cannotConnectToHost`. Any other response, and a proxy that is not there, is a failure of our own: EgressProxyError.
 */
export function throughProxy(proxy: EgressProxy): Route {
  return async (address, target, options) => {
    const { signal, onStep } = options
    const tunnel = await connectToProxy(proxy, options)
    try {
      await askForTunnel(tunnel, authority(address, target.port), proxy, options)
      if (!target.isSecure) return tunnel
      onStep('secureConnectionStart')
      const secure = secureConnection(tunnel, tlsTo(target.host, address))
      await opened(secure.socket, 'secureConnect', signal).catch((error: unknown) => {
        throw error instanceof TransferError ? error : tlsError(error)
      })
      return secure
    } catch (error) {
      tunnel.destroy()
      throw signal.aborted ? signal.reason : error
    }
  }
}

async function connectToProxy(
  { host, port }: EgressProxy,
  { signal, buffers }: Pick<RouteOptions, 'signal' | 'buffers'>,
): Promise<Connection> {
  const connection = openConnection({ host, port }, buffers)
  const { socket } = connection
  const connectTimer = setTimeout(() => socket.destroy(silence()), proxyTimeoutMs)
  try {
    await opened(socket, 'connect', signal)
    // For a proxy that is configured by its address. The system resolves a name, as it does every name of our own servers.
    if (parseIp(host) !== null && !isSameAddress(socket.remoteAddress ?? '', host)) throw new Error('another peer')
    return connection
  } catch (error) {
    connection.destroy()
    if (signal.aborted) throw signal.reason
    throw new EgressProxyError(`The egress proxy cannot be reached (${systemCode(error) || 'lost'}).`)
  } finally {
    clearTimeout(connectTimer)
  }
}

async function askForTunnel(
  tunnel: Connection,
  to: string,
  { authorization }: EgressProxy,
  { signal, connectTimeoutMs }: RouteOptions,
): Promise<void> {
  const onAbort = () => tunnel.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  let isSilent = false
  const giveUp = () => {
    isSilent = true
    tunnel.destroy()
  }
  const connectTimer = connectTimeoutMs === null ? undefined : setTimeout(giveUp, connectTimeoutMs)
  try {
    const fields: [string, string][] = [['Host', to]]
    if (authorization !== null) fields.push(['Proxy-Authorization', authorization])
    sendHead(tunnel, { method: 'CONNECT', target: to, fields })
    const response = await receiveResponse(tunnel, 'CONNECT', 'strict').catch(() => {
      throw isSilent ? connectError(silence()) : new EgressProxyError('The egress proxy broke its connection.')
    })
    refuse(response.status)
    await response.read(() => {})
    // Neither in TLS nor in HTTP does the server send first, so these bytes are not the target's.
    if (tunnel.socket.destroyed) throw new EgressProxyError('The egress proxy says more than it was asked.')
  } finally {
    clearTimeout(connectTimer)
    signal.removeEventListener('abort', onAbort)
  }
}

function refuse(status: number): void {
  if (status >= 200 && status < 300) return
  if (status === 403)
    throw new TransferError(
      'destination_denied',
      "The egress proxy (EGRESS_PROXY_URL) does not let this destination through: an operator changes the proxy's rules.",
    )
  if (status >= 500)
    throw new TransferError('cannotConnectToHost', `The egress proxy did not reach the host (${status}).`)
  throw new EgressProxyError(
    status === 407
      ? 'The egress proxy does not accept the user and password of EGRESS_PROXY_URL (407).'
      : `The egress proxy refuses to open tunnels (${status}).`,
  )
}

function authority(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
