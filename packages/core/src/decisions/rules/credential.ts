import { checkHeaders, withoutConditions } from '@backhaul/transfer/rules'
import { hasOnly, isObject } from '../../kernel/rules/json-object.ts'

/** A delegate's answer to an authentication challenge. */
export type Credential = { scheme: 'basic'; user: string; password: string } | { scheme: 'bearer'; token: string }

const maxLength = 4096
/** RFC 7617 §2: no control characters, and no colon in the user's name. */
const control = /\p{Cc}/u
/** RFC 6750 §2.1. */
const bearerToken = /^[A-Za-z0-9\-._~+/]+=*$/

/** The credential, or why it cannot be used; its text is never quoted. */
export function readCredential(given: unknown): Credential | { unusable: string } {
  if (!isObject(given)) return { unusable: '/credential is not an object' }
  const { token, scheme = token === undefined ? 'basic' : 'bearer', password } = given
  if (scheme === 'basic') {
    // Apple says `user`, nearly everybody else `username`.
    const name = 'user' in given ? 'user' : 'username'
    if (!hasOnly(given, ['scheme', name, 'password'])) return stray
    const user = given[name]
    if (!isText(user) || user.includes(':')) return { unusable: '/credential/user cannot be used (RFC 7617)' }
    if (!isText(password)) return { unusable: '/credential/password cannot be used (RFC 7617)' }
    return { scheme, user, password }
  }
  if (scheme !== 'bearer') return { unusable: '/credential/scheme is none of basic, bearer' }
  if (!hasOnly(given, ['scheme', 'token'])) return stray
  if (!isText(token) || !bearerToken.test(token)) return { unusable: '/credential/token is not one (RFC 6750)' }
  return { scheme, token }
}

const stray = { unusable: '/credential has a field that does not belong there' }

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxLength && value.isWellFormed() && !control.test(value)
}

/** A request's headers with the credential in them, in the place of any other; null when there are too many then. */
export function withCredential(
  headers: Readonly<Record<string, string>>,
  credential: Credential,
): Record<string, string> | null {
  const rest = Object.entries(withoutConditions(headers)).filter(([name]) => name.toLowerCase() !== 'authorization')
  const all = { ...Object.fromEntries(rest), Authorization: authorization(credential) }
  return checkHeaders(all).length === 0 ? all : null
}

function authorization(credential: Credential): string {
  if (credential.scheme === 'bearer') return `Bearer ${credential.token}`
  const bytes = new TextEncoder().encode(`${credential.user}:${credential.password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}
