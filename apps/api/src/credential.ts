import { AppError } from '@backhaul/core'
import type { FastifyRequest } from 'fastify'
import { isFromOwnPage, type Provenance } from './cross-site.ts'
import { cookieSite, ownOrigins } from './origin.ts'
import { readCookie } from './sign-in-cookie.ts'

/** What a request is authenticated by: an API key or operator's token, the secret of a sign-in, or the token of a link that signs in. */
export interface Credential {
  kind: 'token' | 'signIn' | 'link'
  text: string
}

/**
 * null: the request has none. Where there is an Authorization field, the cookie counts for nothing. Throws `invalid_request`
 * for two of a kind, and `cross_site_request` for a cookie that another page has sent.
 */
export function credentialOf(request: FastifyRequest, publicUrl: string | null): Credential | null {
  const { authorization, cookie } = request.headers
  if (authorization !== undefined) return credential('token', bearer(authorization))
  if (cookie === undefined) return null
  const secret = readCookie(cookie, cookieSite(request, publicUrl))
  if (secret !== null && !isFromOwnPage(provenanceOf(request), ownOrigins(request, publicUrl))) throw crossSite()
  return credential('signIn', secret)
}

function credential(kind: Credential['kind'], text: string | null): Credential | null {
  return text === null ? null : { kind, text }
}

export function provenanceOf({ method, headers }: FastifyRequest): Provenance {
  const site = headers['sec-fetch-site']
  return { method, site: site === undefined ? site : String(site), origin: headers.origin }
}

export function crossSite(): AppError {
  return new AppError('cross_site_request', 'The request came with a cookie, and not from a page of this service.')
}

/** Refuses a repeated Authorization field: Node keeps only the first one, and a proxy in front may have checked another. */
export function refuseTwoKeys({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.filter((name) => name.toLowerCase() === 'authorization').length < 2) return
  throw new AppError('invalid_request', 'The request has more than one Authorization field.')
}

/** The bearer token (RFC 6750 §2.1); null when the field is of another scheme. */
function bearer(field: string): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(field)?.[1] ?? null
}
