import { decodeText } from './text-charsets.ts'

/** charset, encoding, text. A language (RFC 2231 §5) is skipped, and spaces in the text are suffered. */
const encodedWord = /=\?([^?*\s]{1,40})(?:\*[^?]{0,40})?\?([bq])\?([^?]*)\?=/gi

/**
 * Text with the encoded words of e-mail (RFC 2047), which browsers read in file names too. Space between two words is dropped, and
 * those of one charset are decoded together, because senders cut through characters. A word that cannot be decoded stays.
 */
export function decodeWords(text: string): string {
  let decoded = ''
  let end = 0
  let before: { charset: string; bytes: string; raw: string } | null = null
  const flush = () => {
    if (before) decoded += decodeText(before.charset, before.bytes) ?? before.raw
    before = null
  }
  for (const match of text.matchAll(encodedWord)) {
    const [raw, charset = '', encoding, content = ''] = match
    const between = text.slice(end, match.index)
    const bytes = encoding!.toLowerCase() === 'b' ? fromBase64(content) : fromQ(content)
    if (before && between.trim() === '' && before.charset === charset.toLowerCase()) {
      before = { charset: before.charset, bytes: before.bytes + bytes, raw: before.raw + between + raw }
    } else {
      const isBetweenWords: boolean = before !== null && between.trim() === ''
      flush()
      if (!isBetweenWords) decoded += between
      before = { charset: charset.toLowerCase(), bytes, raw }
    }
    end = match.index + raw.length
  }
  flush()
  return decoded + text.slice(end)
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1')
}

/** RFC 2047 §4.2: as quoted-printable, with `_` for the space. */
function fromQ(text: string): string {
  return text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
