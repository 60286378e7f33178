/** Decodes base64; null unless it is exactly as in RFC 4648 §4: that alphabet, padded, no loose bits, no white space. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  const binary = atob(text)
  // atob ignores loose bits at the end, so two texts would be one secret.
  if (btoa(binary) !== text) return null
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
