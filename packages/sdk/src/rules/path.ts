/**
 * The path of a request, with what was given for each place encoded. Throws a TypeError for what would address something else:
 * nothing at all, and the two names that a URL takes for steps (WHATWG URL, double-dot segments).
 */
export function path(parts: TemplateStringsArray, ...given: string[]): string {
  return parts.reduce((before, part, index) => {
    const segment = given[index - 1]!
    if (/^\.{0,2}$/.test(segment ?? '')) throw new TypeError(`"${segment ?? ''}" is no id: ${before}…`)
    return before + encodeURIComponent(segment) + part
  })
}
