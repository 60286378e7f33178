import { type DispositionParameter, dispositionParameters } from './disposition-parameters.ts'
import { decodeWords } from './encoded-words.ts'
import { decodeRaw, decodeText, percentDecode } from './text-charsets.ts'

const maxLength = 255
/** More of a segment is not looked at. */
const maxSegmentLength = 8_192

/**
 * A file name for people (Apple: suggestedFilename): from Content-Disposition as browsers read it, else the URL's last segment. The
 * field has one character a byte. `filename*` (RFC 8187) comes before a name in sections (RFC 2231 §3), and that before `filename`.
 */
export function suggestedFilename(contentDisposition: string | undefined, url: string): string {
  const parameters = dispositionParameters(contentDisposition ?? '')
  return (
    firstName(parameters, 'filename*', extended) ??
    clean(inSections(parameters)) ??
    firstName(parameters, 'filename', plain) ??
    clean(lastSegment(url)) ??
    'download'
  )
}

function firstName(
  parameters: readonly DispositionParameter[],
  name: string,
  read: (value: string) => string | undefined,
): string | undefined {
  const first = parameters.find((parameter) => parameter.name === name)
  return first && clean(read(first.value))
}

/** RFC 8187 §3.2.1: charset'language'text. */
function extended(value: string): string | undefined {
  const [, charset, text] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? []
  const bytes = text === undefined ? undefined : percentDecode(text)
  return charset === undefined || bytes === undefined ? undefined : decodeText(charset, bytes)
}

function plain(value: string): string {
  return decodeWords(decodeRaw(value))
}

/** RFC 2231 §3: filename*0, filename*1 and so on, and with a star behind the number in %-escapes. The first one names the charset. */
function inSections(parameters: readonly DispositionParameter[]): string | undefined {
  const values = new Map(parameters.toReversed().map(({ name, value }) => [name, value]))
  let charset: string | undefined
  let bytes = ''
  for (let number = 0; ; number++) {
    const escaped = values.get(`filename*${number}*`)
    let text = escaped ?? values.get(`filename*${number}`)
    if (text === undefined) break
    if (escaped !== undefined) {
      const named = number === 0 ? /^([^']*)'[^']*'(.*)$/s.exec(escaped) : null
      if (named) [, charset, text] = named
      text = percentDecode(text!)
      if (text === undefined) return undefined
    }
    bytes += text
  }
  if (bytes === '') return undefined
  return charset ? decodeText(charset, bytes) : plain(bytes)
}

function lastSegment(url: string): string | undefined {
  const bytes = percentDecode(new URL(url).pathname.split('/').at(-1) ?? '')
  return bytes === undefined ? undefined : decodeText('utf-8', bytes)
}

/** The last path segment, without control characters, line breaks or what file systems refuse; undefined when nothing is left. */
function clean(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const last = (name.split(/[/\\]/).at(-1) ?? '').slice(0, maxSegmentLength)
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
