import { parseIp } from '@backhaul/transfer/rules'
import type { FastifyRequest } from 'fastify'

/**
 * Where a request comes from: what the proxies that the operator trusts say of it (`X-Forwarded-For`), else the connection's
 * address. Of an entry with a port, as some proxies write it, only the address; what is no address is not believed.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const said = withoutPort(ip)
  const address = parseIp(said) === null ? (socket.remoteAddress ?? '') : said
  // A server that listens on IPv6 too has IPv4 addresses mapped into it.
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function withoutPort(text: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text
}
