const nameShape = /^[A-Za-z0-9._-]{1,128}$/

/** A session's identifier, or its beginning, from an address; null: none, or what no identifier can be. */
export function readSessionName(search: URLSearchParams, name: string): string | null {
  const value = search.get(name) ?? ''
  return nameShape.test(value) ? value : null
}
