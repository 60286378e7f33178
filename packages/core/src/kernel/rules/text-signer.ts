/** Signs texts that clients hold for us: HMAC-SHA256 under a key of its own for every purpose, base64url. */
export interface TextSigner {
  sign(purpose: string, text: string): string
  /** Every signature of it that is valid: by the key that signs now, then by the others that the process has. */
  signatures(purpose: string, text: string): readonly string[]
}

/**
 * Whether `given` is a signature of `text`, by any of the keys. Both are signed once more, so that how long the comparison takes says
 * nothing about the signature.
 */
export function isSigned(signer: TextSigner, purpose: string, text: string, given: string): boolean {
  const blinded = signer.sign('compare', given)
  return signer.signatures(purpose, text).some((signature) => signer.sign('compare', signature) === blinded)
}
