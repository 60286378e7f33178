/** The maximum length of a pointer that a client is shown, in characters. A name can be as long as the body. */
const maxLength = 400

/** The JSON pointer (RFC 6901 §3) of these names below `prefix`, in well-formed text. */
export function pointerTo(names: readonly string[], prefix = ''): string {
  const steps = names.map((name) => `/${name.slice(0, maxLength).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return `${prefix.slice(0, maxLength)}${steps.join('')}`.toWellFormed().replaceAll('\0', '\uFFFD').slice(0, maxLength)
}
