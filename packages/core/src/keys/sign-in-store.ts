import type { FoundKey } from './key-store.ts'

/** A browser that is signed in. */
export interface SignIn {
  id: string
  /** Unless it is used before, and never later than with its key. */
  expiresAt: Date
}

/** What a sign-in ends with: a key, or an operator's token, which the digest stands for. */
export type SignInOwner = { tenantId: string; keyId: string } | { operatorDigest: Uint8Array }

export interface FoundSignIn {
  signIn: SignIn
  /** null: an operator's. */
  key: FoundKey | null
  /** Its last use was written long enough ago. */
  isStale: boolean
}

/** A sign-in lives until it expires, is ended, or its key or its operator's token ends. Secrets come as SHA-256. */
export interface SignInStore {
  /** `link`: the one that is used up by it. null: the link is used or over, or the key's tenant is being deleted. */
  createSignIn(owner: SignInOwner, hash: Uint8Array, link?: Uint8Array): Promise<SignIn | null>
  /** A living one; of an operator's only with one of these digests. */
  findSignIn(hash: Uint8Array, operatorDigests: readonly Uint8Array[]): Promise<FoundSignIn | null>
  /** There is one with this secret, living or not. */
  wasSignIn(hash: Uint8Array): Promise<boolean>
  /** Moves its last use and its expiry forward. */
  noteSignInUse(id: string): Promise<void>
  /** Announced to all processes, as the end of a key is. */
  endSignIn(id: string): Promise<void>
  /** Those among these that live, and whose tenant is active. */
  listLivingSignIns(ids: readonly string[]): Promise<Set<string>>
  createSignInLink(owner: { tenantId: string; keyId: string }, hash: Uint8Array): Promise<void>
  /** The living key that a link signs in with; null: the link is unknown, used or over. */
  findKeyOfLink(hash: Uint8Array): Promise<FoundKey | null>
  /** Removes what has ended long ago, and links that are over; how many. */
  sweepSignIns(): Promise<number>
}
