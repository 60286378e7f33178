import type { FastifyRequest } from 'fastify'
import type { CookieSite } from './sign-in-cookie.ts'

/** How a request reached the service: what the proxies that the operator trusts say of it, else the connection. */
export type Reached = Pick<FastifyRequest, 'protocol' | 'host'>

/** Where a browser is: its cookie's name and attributes follow from it. */
export function cookieSite(reached: Reached, publicUrl: string | null): CookieSite {
  const isSecure = isReachedByHttps(reached, publicUrl)
  const port = Number(URL.parse(`http://${reached.host}`)?.port)
  // A proxy that ends TLS may pass its own connection's port on.
  return { isSecure, port: port > 0 && port !== 443 ? port : null }
}

/** Whether a browser is at an https address, though TLS may end at a proxy that is not named in TRUSTED_PROXIES. */
export function isReachedByHttps({ protocol, host }: Reached, publicUrl: string | null): boolean {
  if (protocol === 'https') return true
  const known = publicUrl === null ? null : URL.parse(publicUrl)
  return known?.protocol === 'https:' && known.host === hostOf('https', host)
}

/** The origins that the service's own pages have (RFC 6454), as browsers write them: the one that was asked, and PUBLIC_URL's. */
export function ownOrigins({ protocol, host }: Reached, publicUrl: string | null): string[] {
  const asked = hostOf(protocol, host)
  const known = publicUrl === null ? null : URL.parse(publicUrl)
  return [...(asked === null ? [] : [`${protocol}://${asked}`]), ...(known === null ? [] : [known.origin])]
}

/** Without the port that goes without saying; null: it is no host. */
function hostOf(protocol: string, host: string | undefined): string | null {
  const url = URL.parse(`${protocol}://${host}`)
  return url === null || url.host === '' || url.pathname !== '/' || url.username !== '' ? null : url.host
}
