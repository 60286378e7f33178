/** Signs receipts with the installation's key, which all processes share. Both calls may throw DatabaseUnavailable. */
export interface ReceiptSigner {
  /** A compact JWS over `payload`, by the newest key that is not retired. The same payload and key give the same bytes. */
  sign(payload: string): Promise<string>
  /** The keys that verify receipts: every key that has ever signed, newest first. */
  publicKeys(): Promise<PublicSigningKey[]>
}

/** A JWK (RFC 7517, RFC 8037). */
export interface PublicSigningKey {
  kty: 'OKP'
  crv: 'Ed25519'
  /** base64url of 32 bytes. */
  x: string
  /** Its RFC 7638 thumbprint. */
  kid: string
  alg: 'EdDSA'
  use: 'sig'
}
