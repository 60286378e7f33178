const maxLength = 255

/** A file name for people (Apple: suggestedFilename): from Content-Disposition (RFC 6266, RFC 8187), else the URL's last segment. */
export function suggestedFilename(contentDisposition: string | undefined, url: string): string {
  return (
    clean(extended(contentDisposition)) ?? clean(plain(contentDisposition)) ?? clean(lastSegment(url)) ?? 'download'
  )
}

function extended(header: string | undefined): string | undefined {
  const match = /(?:^|;)\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^\s;]+)/i.exec(header ?? '')
  if (!match) return undefined
  if (match[1]!.toLowerCase() === 'iso-8859-1')
    return match[2]!.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decode(match[2]!)
}

function plain(header: string | undefined): string | undefined {
  const match = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(header ?? '')
  return match ? (match[1]?.replace(/\\(.)/g, '$1') ?? match[2]) : undefined
}

function lastSegment(url: string): string | undefined {
  return decode(new URL(url).pathname.split('/').at(-1) ?? '')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The last path segment, without control characters, line breaks or what file systems refuse; undefined when nothing is left. */
function clean(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const safe = [...last.toWellFormed()]
    .filter((char) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"|?*]/u.test(char))
    .join('')
    .trim()
  if (safe === '' || /^\.+$/.test(safe)) return undefined
  // Cutting may leave half a surrogate pair, or a space at the end.
  return safe
    .slice(0, maxLength)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()
}
