import { AppError, signInHours } from '@backhaul/core'

/** With its prefix a browser takes it only over https, for this host alone and for all its paths, so that no neighbour sets it. */
const names = { secure: '__Host-backhaul-sign-in', plain: 'backhaul-sign-in' }

interface How {
  /** The browser is at an https address. */
  isSecure: boolean
}

/** The Set-Cookie field for a sign-in; `secret` null: the cookie goes. How long it lasts in truth is decided here, not by the browser. */
export function setCookie(secret: string | null, { isSecure }: How): string {
  return [
    `${nameOf({ isSecure })}=${secret ?? ''}`,
    'Path=/',
    `Max-Age=${secret === null ? 0 : signInHours.most * 3600}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ')
}

/**
 * The secret in the Cookie field (RFC 6265 §4.2); null: there is none. Throws `invalid_request` for two cookies of the name: a
 * neighbour may have set the other, and which one comes first is up to the browser.
 */
export function readCookie(field: string | undefined, how: How): string | null {
  const name = nameOf(how)
  const values = (field ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals >= 0 && pair.slice(0, equals).trim() === name ? [pair.slice(equals + 1).trim()] : []
  })
  if (values.length > 1) throw new AppError('invalid_request', `The request has more than one cookie "${name}".`)
  return values[0] || null
}

function nameOf({ isSecure }: How): string {
  return isSecure ? names.secure : names.plain
}
