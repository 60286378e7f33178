import { AppError, signInHours } from '@backhaul/core'

/**
 * The name without https and with it, before the port. Cookies ignore ports, so that without it two installations on one
 * host would sign each other's browsers out.
 *
 * With its prefix a browser takes it only over https, for this host alone and for all its paths, so that no neighbour sets it.
 */
const names = { secure: '__Host-backhaul-sign-in', plain: 'backhaul-sign-in' }

/** Where the browser is. */
export interface CookieSite {
  /** At an https address. */
  isSecure: boolean
  /** Null: the one that goes without saying. */
  port: number | null
}

/** The Set-Cookie field for a sign-in; `secret` null: the cookie goes. How long it lasts in truth is decided here, not by the browser. */
export function setCookie(secret: string | null, site: CookieSite): string {
  return [
    `${nameOf(site)}=${secret ?? ''}`,
    'Path=/',
    `Max-Age=${secret === null ? 0 : signInHours.most * 3600}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(site.isSecure ? ['Secure'] : []),
  ].join('; ')
}

/**
 * The secret in the Cookie field (RFC 6265 §4.2); null: there is none. Throws `invalid_request` for two cookies of the name: a
 * neighbour may have set the other, and which one comes first is up to the browser.
 */
export function readCookie(field: string | undefined, site: CookieSite): string | null {
  const name = nameOf(site)
  const values = (field ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals >= 0 && pair.slice(0, equals).trim() === name ? [pair.slice(equals + 1).trim()] : []
  })
  if (values.length > 1) throw new AppError('invalid_request', `The request has more than one cookie "${name}".`)
  return values[0] || null
}

function nameOf({ isSecure, port }: CookieSite): string {
  const name = isSecure ? names.secure : names.plain
  return port === null ? name : `${name}-${port}`
}
