/** Decodes bytes, one character each, from a named charset (WHATWG Encoding); undefined when it is unknown or the bytes are not of it. */
export function decodeText(charset: string, bytes: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return undefined
  }
}

/**
 * Text of a field whose charset nobody names. Fields arrive with one character a byte: what is valid UTF-8 is UTF-8, because text in
 * Latin-1 hardly ever is, and the rest is Latin-1 as browsers read it (windows-1252).
 */
export function decodeRaw(field: string): string {
  if (!/[\x80-\xff]/.test(field) || /[^\0-\xff]/.test(field)) return field
  return decodeText('utf-8', field) ?? decodeText('windows-1252', field)!
}

/** Replaces %-escapes by the bytes they stand for, one character each; undefined when one is malformed. */
export function percentDecode(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
