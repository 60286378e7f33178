/** As a query string with its `?`, or nothing. Objects become `name[key]=value`; what is undefined or null is left out. */
export function queryString(query: object = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    typeof value === 'object' && value
      ? Object.entries(value as object).map(([key, inner]) => [`${name}[${key}]`, inner])
      : [[name, value]],
  )
  const given = pairs.filter(([, value]) => value !== undefined && value !== null)
  return given.length > 0 ? `?${new URLSearchParams(given as [string, string][])}` : ''
}
