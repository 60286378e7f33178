/** What a browser says of where a request comes from; a program says nothing, or what it likes. */
export interface Provenance {
  method: string
  /** `Sec-Fetch-Site` (Fetch Metadata), which browsers send to https and to the own machine. */
  site: string | undefined
  /** `Origin` (RFC 6454), which they send with all methods but GET and HEAD. */
  origin: string | undefined
}

/**
 * Whether a request with a cookie is from a page of the service, and none that another page made a browser send. SameSite=Strict keeps the cookie
 * from other sites, but not from other origins of the same one: a neighbouring subdomain, another port. What reads may also be asked for by hand
 * (`none`), and by a browser that tells of neither.
 */
export function isFromOwnPage({ method, site, origin }: Provenance, own: readonly string[]): boolean {
  const reads = method === 'GET' || method === 'HEAD'
  if (site !== undefined) return site === 'same-origin' || (reads && site === 'none')
  if (origin !== undefined) return own.includes(origin)
  return reads
}

/** Whether a request may sign a browser in: not one that another page makes it send, with a key of its own. Programs may. */
export function maySignIn(from: Provenance, own: readonly string[]): boolean {
  return (from.site === undefined && from.origin === undefined) || isFromOwnPage(from, own)
}
