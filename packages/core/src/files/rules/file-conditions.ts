/** The fields of a request for a file that depend on its entity tag. */
export interface FileConditions {
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
  ifRange?: string | undefined
}

/**
 * The response to a request for a file whose strong entity tag is `etag` (RFC 9110 §13.2.2): nothing, because it wanted
 * another version (`failed`, 412) or has this one (`unchanged`, 304); the `whole` file, because its range is of another
 * version; or what it asks for. A date in If-Range names no version for certain (§13.1.5), so it gets the whole file
 * too.
 */
export function judgeConditions(
  { ifMatch, ifNoneMatch, ifRange }: FileConditions,
  etag: string,
): 'failed' | 'unchanged' | 'whole' | 'asked' {
  // A weak tag does not match where every byte counts (§8.8.3.2).
  if (ifMatch !== undefined && !isNamed(ifMatch, etag)) return 'failed'
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch.replaceAll('W/"', '"'), etag)) return 'unchanged'
  return ifRange === undefined || ifRange.trim() === etag ? 'asked' : 'whole'
}

/** RFC 9110 §8.8.3: a tag may have commas, but no quotes. */
function isNamed(list: string, etag: string): boolean {
  const named: string[] = list.match(/(?:W\/)?"[^"]*"/g) ?? []
  return list.trim() === '*' || named.includes(etag)
}

const spec = /^(?:\d+-\d*|-\d+)$/

/**
 * The Range field of a request for a file of so many bytes as every sender of files reads it; null: it is none, and a field
 * that is none may be ignored (RFC 9110 §14.2). The last bytes of a shorter file are all of it (§14.1.2).
 */
export function soundRange(field: string, bytes: number): string | null {
  const specs = field
    .replace(/^bytes=/, '')
    .split(',')
    .map((each) => each.trim())
  if (!field.startsWith('bytes=') || !specs.every((each) => spec.test(each))) return null
  return `bytes=${specs.map((each) => (each.startsWith('-') && Number(each.slice(1)) > bytes ? '0-' : each)).join(',')}`
}
