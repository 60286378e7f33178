/** Where a setting may come from, in the order in which they win. */
export const sources = ['flag', 'environment', 'profile', 'default'] as const
export type Source = (typeof sources)[number]

export interface Setting {
  value: string
  source: Source
}

/** The first that is given; an empty text is as good as none. Null: nobody says anything. */
export function chooseSetting(given: Partial<Record<Source, string | undefined>>): Setting | null {
  for (const source of sources) {
    const value = given[source]
    if (value) return { value, source }
  }
  return null
}

/** A key as it may be shown: the service shows the same last characters. */
export function maskedKey(key: string): string {
  return key.length < 12 ? '…' : `${key.startsWith('bh_') ? 'bh_' : ''}…${key.slice(-4)}`
}

/** What a header field can carry, so what no key has is told before it is sent. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** What is wrong with an address that `serviceUrl` does not take, without the password in it. */
export function addressFault(text: string): string {
  const shown = text.replace(/(\/\/|^)[^/]*@/, '$1…@')
  return shown === text
    ? `"${text}" is no http or https address`
    : `"${shown}" has a user or a password in it, and the service takes a key instead`
}

/** An http or https address without a slash at its end; `localhost:8080` counts. Null: it is none, or has a password in it. */
export function serviceUrl(text: string): string | null {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) return null
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
