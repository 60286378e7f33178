/** What a client is shown of a pointer at most, in characters. A name can be as long as the body. */
const maxLength = 400

/** A JSON pointer (RFC 6901 §3) to what these names lead to, below `prefix`; text that any reader can hold. */
export function pointerTo(names: readonly string[], prefix = ''): string {
  const steps = names.map((name) => `/${name.slice(0, maxLength).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return `${prefix.slice(0, maxLength)}${steps.join('')}`.toWellFormed().replaceAll('\0', '\uFFFD').slice(0, maxLength)
}
