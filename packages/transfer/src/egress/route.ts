import type { BufferPool } from '../http/buffer-pool.ts'
import { type Connection, type ConnectTo, openConnection } from '../http/connection.ts'
import { connectError, tlsError } from '../http/network-errors.ts'
import { lost } from '../http/response-body.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { isSameAddress } from './rules/address-class.ts'
import { parseIp } from './rules/ip.ts'

/** The steps of a dial in their order; a step that is not needed (no name, no TLS) is not reported. */
export type DialStep = 'domainLookupStart' | 'domainLookupEnd' | 'connectStart' | 'secureConnectionStart' | 'connectEnd'

export interface Target {
  /** The host as the URL has it, which a certificate must be for. */
  host: string
  port: number
  isSecure: boolean
}
export interface RouteOptions {
  signal: AbortSignal
  onStep(step: DialStep): void
  buffers: BufferPool
  /** The time limit of connecting and TLS; null: until the signal aborts. */
  connectTimeoutMs: number | null
}

/**
 * Connects to one checked address of a target, with TLS where it is secure. Throws TransferError, the reason of an abort,
 * or another error when the route itself fails.
 */
export type Route = (address: string, target: Target, options: RouteOptions) => Promise<Connection>

export const directRoute: Route = async (
  address,
  { host, port, isSecure },
  { signal, onStep, buffers, connectTimeoutMs },
) => {
  const connection = openConnection(
    { host: address, port, ...(isSecure ? { tls: tlsTo(host, address) } : {}) },
    buffers,
  )
  const { socket } = connection
  let isConnected = false
  const connectTimer =
    connectTimeoutMs === null ? undefined : setTimeout(() => socket.destroy(silence()), connectTimeoutMs)
  beforeAnybodySpeaks(socket, () => {
    clearTimeout(connectTimer)
    isConnected = true
    if (checkPeer(socket, address) && isSecure) onStep('secureConnectionStart')
  })
  try {
    await opened(socket, isSecure ? 'secureConnect' : 'connect', signal)
    return connection
  } catch (error) {
    connection.destroy()
    if (signal.aborted) throw signal.reason
    throw error instanceof TransferError ? error : isConnected && isSecure ? tlsError(error) : connectError(error)
  } finally {
    clearTimeout(connectTimer)
  }
}

/**
 * The options of every outgoing TLS connection, whatever the process's defaults are. Roots are Node's own and those of
 * NODE_EXTRA_CA_CERTS, which only an operator can set.
 */
export function tlsTo(host: string, address: string): NonNullable<ConnectTo['tls']> {
  return {
    host: address,
    // RFC 6066 §3: no server name for an address; the certificate is then checked against the address that is dialled.
    ...(parseIp(host) === null ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    // Set explicitly, so that `--tls-min-v1.0` has no effect.
    minVersion: 'TLSv1.2',
    // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect.
    rejectUnauthorized: true,
  }
}

/** Calls `listener` before the other listeners to `connect`, of which TLS's writes the first byte. */
function beforeAnybodySpeaks(socket: Connection['socket'], listener: () => void): void {
  socket.prependOnceListener('connect', listener)
}

/** Whether the connection leads to the checked address. It is destroyed otherwise. */
function checkPeer(socket: Connection['socket'], address: string): boolean {
  if (socket.remoteAddress === undefined) socket.destroy(lost())
  else if (!isSameAddress(socket.remoteAddress, address))
    socket.destroy(
      new TransferError('destination_denied', 'The connection led to another address than the checked one.'),
    )
  return !socket.destroyed
}

/** Resolves when the socket is open. An abort before that destroys it; later ones do not touch it. */
export function opened(
  socket: Connection['socket'],
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
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

export function silence(): Error {
  return Object.assign(new Error('no response'), { code: 'ETIMEDOUT' })
}
