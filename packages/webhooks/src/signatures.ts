import { decodeBase64 } from './base64.ts'
import type { SignatureScheme, VerificationKey } from './secrets.ts'

export interface Signature {
  scheme: SignatureScheme
  bytes: Uint8Array<ArrayBuffer>
}

/** The most signatures that are looked at. Secrets rotate one at a time, and hundreds of signatures would only cost CPU. */
const maximumSignatures = 16

/** The signatures of a known version. Others are for other receivers (Standard Webhooks §"Signature scheme"). */
export function readSignatures(signatures: readonly string[]): Signature[] {
  return signatures
    .flatMap((signature): Signature[] => {
      const comma = signature.indexOf(',')
      const scheme = signature.slice(0, comma)
      if (scheme !== 'v1' && scheme !== 'v1a') return []
      // A signature of a known version that is not base64 matches nothing.
      return [{ scheme, bytes: decodeBase64(signature.slice(comma + 1)) ?? new Uint8Array() }]
    })
    .slice(0, maximumSignatures)
}

/** Whether one of the signatures is one of the keys' over this content. */
export async function anyMatches(
  signatures: readonly Signature[],
  keys: readonly VerificationKey[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const { scheme, bytes } of keys) {
    const candidates = signatures.filter((one) => one.scheme === scheme).map((one) => one.bytes)
    if (candidates.length > 0 && (await matchers[scheme](bytes, candidates, content))) return true
  }
  return false
}

type Matcher = (
  key: Uint8Array<ArrayBuffer>,
  candidates: readonly Uint8Array<ArrayBuffer>[],
  content: Uint8Array<ArrayBuffer>,
) => Promise<boolean>

const matchers: Record<SignatureScheme, Matcher> = {
  async v1(secret, candidates, content) {
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const expected = new Uint8Array(await crypto.subtle.sign('HMAC', key, content))
    return candidates.some((candidate) => equalInConstantTime(candidate, expected))
  },
  async v1a(publicKey, candidates, content) {
    const key = await crypto.subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify'])
    for (const candidate of candidates) if (await crypto.subtle.verify('Ed25519', key, candidate, content)) return true
    return false
  },
}

/** Compares in constant time. `crypto.subtle.verify` is not used: in older versions of Node it stops at the first difference (CVE-2026-21713). */
function equalInConstantTime(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  let difference = 0
  for (let index = 0; index < one.length; index++) difference |= one[index]! ^ other[index]!
  return difference === 0
}

/** The signed content: id, timestamp and body, joined by full stops. */
export function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  return content
}
