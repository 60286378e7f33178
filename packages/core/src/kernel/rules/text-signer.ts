/** Signs texts that clients hold for us: HMAC-SHA256 under a key of its own for every purpose, base64url. */
export interface TextSigner {
  sign(purpose: string, text: string): string
}
