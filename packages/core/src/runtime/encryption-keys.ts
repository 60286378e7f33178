/** Of 32 bytes each, the newest first, none twice. */
export type EncryptionKeys = readonly [Uint8Array, ...Uint8Array[]]

/** 32 bytes out of base64 (or base64url) or 64 hexadecimal digits; null when it is neither. */
export function decodeEncryptionKey(text: string): Uint8Array | null {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? 'hex' : /^[\w+/-]{43}=?$/.test(text) ? 'base64' : null
  return encoding === null ? null : new Uint8Array(Buffer.from(text, encoding))
}

/**
 * The keys of `ENCRYPTION_KEYS` (`given`), or the one of `ENCRYPTION_KEY` (`single`). Both may be given while the single one is among the others. What is
 * wrong goes to `errors`, which says which place of the list, and never shows a key.
 */
export function readEncryptionKeys(
  single: Uint8Array | null,
  given: string | undefined,
  errors: string[],
): EncryptionKeys | null {
  const list = given?.split(',').map((text) => text.trim()) ?? []
  const keys = list.map(decodeEncryptionKey)
  for (const [n, key] of keys.entries()) {
    const place = `ENCRYPTION_KEYS: key ${n + 1} of ${keys.length}`
    if (key === null) errors.push(`${place} ${wrong(list[n]!)}`)
    else {
      const first = keys.findIndex((other) => isSame(other, key))
      if (first < n) errors.push(`${place} is the same as key ${first + 1}`)
    }
  }
  if (keys.length === 0) return single && [single]
  if (single !== null && !keys.some((key) => isSame(key, single)))
    errors.push('ENCRYPTION_KEY is not among ENCRYPTION_KEYS: add it to the list, or leave ENCRYPTION_KEY out')
  return keys.every((key) => key !== null) ? (keys as [Uint8Array, ...Uint8Array[]]) : null
}

function wrong(text: string): string {
  if (text === '') return 'is empty'
  return `must be 32 bytes as base64 (43 or 44 characters) or as 64 hexadecimal digits; it has ${text.length} characters`
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one !== null && other !== null && Buffer.compare(one, other) === 0
}
