import type { Mint } from '../kernel/ids.ts'
import { admitHolder, type KeyHolder, unauthorized } from './authenticate.ts'
import type { KeyUses } from './note-uses.ts'
import type { SignIn, SignInStore } from './sign-in-store.ts'

/** Whoever signs in: a key's holder, perhaps with the link that stood for the key, or an operator with their token. */
export type SigningIn = { holder: { tenantId: string; keyId: string }; link?: string } | { operatorToken: string }

/** `secret` is for the cookie, and shown this once. */
export interface NewSignIn {
  signIn: SignIn
  secret: string
}

/**
 * A sign-in of a browser whose key, link or token has been checked. Its secret is always a new one. Throws `unauthorized` when
 * the link was used meanwhile, or the tenant deleted.
 */
export async function signIn(
  { stores, mint }: { stores: { keys: Pick<SignInStore, 'createSignIn'> }; mint: Pick<Mint, 'signInSecret' | 'hash'> },
  who: SigningIn,
): Promise<NewSignIn> {
  const secret = mint.signInSecret()
  const hash = mint.hash(secret)
  const made =
    'operatorToken' in who
      ? await stores.keys.createSignIn({ operatorDigest: digestOf(mint, secret, who.operatorToken) }, hash)
      : await stores.keys.createSignIn(who.holder, hash, who.link === undefined ? undefined : mint.hash(who.link))
  if (made === null) throw unauthorized()
  return { signIn: made, secret }
}

interface FindPorts {
  stores: { keys: Pick<SignInStore, 'findSignIn' | 'noteSignInUse'> }
  mint: Pick<Mint, 'hash'>
  uses: Pick<KeyUses, 'note'>
  adminTokens: readonly string[]
}

/** `holder` null: an operator. */
export interface SignedIn {
  signIn: SignIn
  holder: KeyHolder | null
}

/** Who is signed in with this secret, and the use noted. Throws as `authenticate` does. */
export async function authenticateSignIn(
  { stores, mint, uses, adminTokens }: FindPorts,
  secret: string,
  address: string,
): Promise<SignedIn> {
  const digests = adminTokens.map((token) => digestOf(mint, secret, token))
  const found = await stores.keys.findSignIn(mint.hash(secret), digests)
  if (found === null) throw unauthorized()
  const { signIn, key, isStale } = found
  const holder = key && { ...admitHolder(uses, key, address), signInId: signIn.id }
  if (isStale) await stores.keys.noteSignInUse(signIn.id)
  return { signIn, holder }
}

/** The holder of the key that a link stands for. Throws as `authenticate` does. */
export async function authenticateLink(
  {
    stores,
    mint,
    uses,
  }: { stores: { keys: Pick<SignInStore, 'findKeyOfLink'> }; mint: Pick<Mint, 'hash'>; uses: Pick<KeyUses, 'note'> },
  token: string,
  address: string,
): Promise<KeyHolder> {
  const key = await stores.keys.findKeyOfLink(mint.hash(token))
  if (key === null) throw unauthorized()
  return admitHolder(uses, key, address)
}

/** The token of a link that signs a browser in with the key, once. Only its hash is stored. */
export async function createSignInLink(
  {
    stores,
    mint,
  }: { stores: { keys: Pick<SignInStore, 'createSignInLink'> }; mint: Pick<Mint, 'signInSecret' | 'hash'> },
  owner: { tenantId: string; keyId: string },
): Promise<string> {
  const token = mint.signInSecret()
  await stores.keys.createSignInLink(owner, mint.hash(token))
  return token
}

/**
 * What stands for an operator's token in the database. With the secret, which is not there: operators may choose tokens that
 * could be guessed from a hash of nothing else.
 */
function digestOf(mint: Pick<Mint, 'hash'>, secret: string, operatorToken: string): Uint8Array {
  return mint.hash(`${secret} ${operatorToken}`)
}
