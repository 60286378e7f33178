import { decodeBase64 } from './base64.ts'
import type { SignatureScheme, VerificationKey } from './secrets.ts'

export interface Signature {
  scheme: SignatureScheme
  bytes: Uint8Array<ArrayBuffer>
}

/** Secrets rotate one at a time; whoever sends hundreds of signatures wants us to compute. */
const maximumSignatures = 16

/** Those of a version that is known; others are for other receivers (Standard Webhooks §"Signature scheme"). */
export function readSignatures(signatures: readonly string[]): Signature[] {
  return signatures
    .flatMap((signature): Signature[] => {
      const comma = signature.indexOf(',')
      const scheme = signature.slice(0, comma)
      if (scheme !== 'v1' && scheme !== 'v1a') return []
      // What is no base64 is a signature of a known version, which matches nothing.
      return [{ scheme, bytes: decodeBase64(signature.slice(comma + 1)) ?? new Uint8Array() }]
    })
    .slice(0, maximumSignatures)
}

const algorithms = { v1: { name: 'HMAC', hash: 'SHA-256' }, v1a: { name: 'Ed25519' } } as const
const signatureBytes = { v1: 32, v1a: 64 } as const

/** Whether one of the signatures is one of the keys' over this content. Web Crypto compares in constant time. */
export async function anyMatches(
  signatures: readonly Signature[],
  keys: readonly VerificationKey[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const { scheme, bytes } of keys) {
    const candidates = signatures.filter((one) => one.scheme === scheme && one.bytes.length === signatureBytes[scheme])
    if (candidates.length === 0) continue
    const key = await crypto.subtle.importKey('raw', bytes, algorithms[scheme], false, ['verify'])
    for (const candidate of candidates)
      if (await crypto.subtle.verify(algorithms[scheme], key, candidate.bytes, content)) return true
  }
  return false
}

/** What is signed: id, timestamp and body, joined by full stops. */
export function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  return content
}
