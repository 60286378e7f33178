/** Fresh names and secrets. */
export interface Mint {
  id(prefix: IdPrefix): string
  /** `bh_` and 256 random bits. */
  apiKey(): string
  /** `whsec_` and 256 random bits. */
  webhookSecret(): string
  /** `whsk_` and a new Ed25519 key with its public one, and `whpk_` with the public one alone. */
  webhookKeyPair(): { secret: string; publicKey: string }
  /** 256 random bits, for a cookie or a link that stands for a key. */
  signInSecret(): string
  /** SHA-256: API keys are random enough for a fast hash. */
  hash(text: string): Uint8Array
}

/** Ids are TypeIDs: a prefix and a UUIDv7, so they sort by creation. `ses` and `con` never leave the service. */
type IdPrefix =
  | 'ten'
  | 'ses'
  | 'tsk'
  | 'evt'
  | 'whe'
  | 'sec'
  | 'dlv'
  | 'att'
  | 'wak'
  | 'key'
  | 'wrk'
  | 'con'
  | 'rec'
  | 'aud'
  | 'sgn'
