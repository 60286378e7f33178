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

/** An http or https address without a slash at its end; `localhost:8080` counts. Null: it is none. */
export function serviceUrl(text: string): string | null {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
