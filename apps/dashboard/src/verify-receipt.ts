import type { SigningKey, Task } from '@backhaul/sdk'
import {
  base64urlOf,
  bytesOfBase64url,
  type Check,
  claimChecks,
  readReceipt,
  thumbprintInput,
} from './rules/receipt.ts'

export type Verdict =
  | { kind: 'checked'; checks: Check[]; claims: Record<string, unknown> | null }
  /** This browser cannot check it, and why. */
  | { kind: 'unable'; why: string }

/** Checks a receipt here, in the browser: the service is asked for nothing but its public keys. */
export async function verifyReceipt(text: string, keys: readonly SigningKey[], task: Task): Promise<Verdict> {
  const { subtle } = crypto as { subtle?: SubtleCrypto }
  if (!subtle)
    return {
      kind: 'unable',
      why: 'A browser checks signatures only on a page that came over HTTPS, or from this machine.',
    }
  const receipt = readReceipt(text)
  const checks: Check[] = [
    { words: 'It is a signed receipt of a service of this kind', isMet: isReceipt(receipt?.header) },
  ]
  const done = { kind: 'checked', checks, claims: receipt?.claims ?? null } as const
  if (!receipt) return done
  const key = keys.find(({ kid }) => kid === receipt.header.kid)
  const digest = key && (await subtle.digest('SHA-256', new TextEncoder().encode(thumbprintInput(key))))
  const isNamed = digest !== undefined && base64urlOf(new Uint8Array(digest)) === key?.kid
  checks.push({ words: 'Its key is among the published ones, and has its own name', isMet: isNamed })
  if (key) {
    let verifier: CryptoKey
    try {
      verifier = await subtle.importKey('raw', bytesOfBase64url(key.x), 'Ed25519', false, ['verify'])
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotSupportedError')
        return { kind: 'unable', why: 'This browser does not know Ed25519. Newer ones do.' }
      throw error
    }
    const signed = new TextEncoder().encode(receipt.signed)
    checks.push({
      words: 'The signature (Ed25519) is of these very words',
      isMet: await subtle.verify('Ed25519', verifier, receipt.signature, signed),
    })
  }
  checks.push(...claimChecks(receipt, task))
  return done
}

const isReceipt = (header: Record<string, unknown> | undefined) =>
  header?.alg === 'EdDSA' && header.typ === 'backhaul-receipt+jwt'
