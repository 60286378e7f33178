/** What a file's first bytes look like, whatever the media type says. */
export interface Sniffed {
  /** `other`: text, or nothing that is known here. */
  kind: 'html' | 'json' | 'lfsPointer' | 'binary' | 'other'
  /** The page, or the text, has an HTML form. Absent: none was seen. */
  hasForm?: true
}

/** The bytes that tell a kind (WHATWG MIME Sniffing §5.2). */
const resourceHeaderBytes = 1_445
/** A form is looked for in these bytes. */
export const sniffedBytes = 16 * 1024

const lfsVersion = 'version https://git-lfs.github.com/spec/v1'
/** WHATWG MIME Sniffing §7.1, white space in front; the prologue of XHTML may come first. */
const htmlStart =
  /^[\t\n\f\r ]*(?:<\?xml[^>]{0,200}\?>[\t\n\f\r ]*(?=<!doctype html|<html))?(?:<!--|<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\t\n\f\r >])/i
/** The start of an object or array, strict enough that other text in brackets is not taken for it (RFC 8259). */
const jsonStart = /^[\t\n\r ]*(?:\{[\t\n\r ]*["}]|\[[\t\n\r ]*(?:[{["\]\d-]|true\b|false\b|null\b))/
/** WHATWG MIME Sniffing §3: bytes that no text has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the bytes that it is about.
const binaryByte = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/

/** Sniffs the first bytes of a file, as many as there are; null when they tell nothing. */
export function sniff(head: Uint8Array): Sniffed | null {
  const text = Buffer.from(head).toString('latin1', 0, sniffedBytes)
  const start = withoutMark(text.slice(0, resourceHeaderBytes))
  if (start.startsWith(lfsVersion)) return { kind: 'lfsPointer' }
  if (binaryByte.test(start)) return { kind: 'binary' }
  if (jsonStart.test(start)) return { kind: 'json' }
  const hasForm = /<form[\s>]/i.test(text)
  if (htmlStart.test(start)) return hasForm ? { kind: 'html', hasForm } : { kind: 'html' }
  return hasForm ? { kind: 'other', hasForm } : null
}

/** Without a byte order mark. UTF-16 is read as far as it is ASCII. */
function withoutMark(bytes: string): string {
  return /^(?:\xfe\xff|\xff\xfe)/.test(bytes) ? bytes.slice(2).replaceAll('\0', '') : bytes.replace(/^\xef\xbb\xbf/, '')
}
