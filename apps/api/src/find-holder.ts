import { timingSafeEqual } from 'node:crypto'
import {
  AppError,
  authenticate,
  authenticateLink,
  authenticateSignIn,
  type KeyHolder,
  type KeyUses,
  type SignIn,
  unauthorized,
} from '@backhaul/core'
import type { Credential } from './credential.ts'
import type { ApiDeps } from './deps.ts'

/** Whose door a route is. */
export type Side = 'tenants' | 'operators' | 'both'

type OperatorDeps = Pick<ApiDeps, 'mint' | 'adminTokens'>
type HolderDeps = OperatorDeps & Pick<ApiDeps, 'stores'> & { uses: KeyUses }

/** `holder` null: an operator. `signIn` null: the key or the token itself was sent. */
export interface Found {
  holder: KeyHolder | null
  signIn: SignIn | null
}

/**
 * Whom the credential stands for; null: none was given. Operators have nothing of a tenant, and keys nothing of operators. Throws as
 * `authenticate` does.
 */
export async function findHolder(
  deps: HolderDeps,
  credential: Credential | null,
  side: Side,
  address: string,
): Promise<Found> {
  if (credential?.kind === 'signIn') {
    const found = await authenticateSignIn(deps, credential.text, address)
    if (side !== 'both' && (found.holder === null) !== (side === 'operators')) throw refused(side)
    return found
  }
  if (credential?.kind === 'link')
    return { holder: await authenticateLink(deps, credential.text, address), signIn: null }
  const token = credential?.text ?? null
  if (side !== 'tenants' && token !== null && isOperators(deps, token)) return { holder: null, signIn: null }
  if (side === 'operators') throw refused(side)
  return { holder: await authenticate(deps, token, address), signIn: null }
}

function refused(side: Side): AppError {
  if (side !== 'operators') return unauthorized()
  return new AppError('unauthorized', 'Send the operator\'s token as "Authorization: Bearer …".')
}

/**
 * Compares hashes, so that the duration reveals nothing about the tokens, not even their lengths; and with all of them,
 * so that it does not tell which one was right.
 */
function isOperators({ mint, adminTokens }: OperatorDeps, token: string): boolean {
  const given = mint.hash(token)
  return adminTokens.filter((each) => timingSafeEqual(given, mint.hash(each))).length > 0
}

/**
 * One that is not good for the route but was given out: no guess. Others at its address, which may be that of a whole network, are not
 * to suffer for a client with a key that has ended, or a browser whose sign-in has.
 */
export async function isKnown(
  deps: OperatorDeps & Pick<ApiDeps, 'stores'>,
  { kind, text }: Credential,
): Promise<boolean> {
  const hash = deps.mint.hash(text)
  if (kind === 'signIn') return deps.stores.keys.wasSignIn(hash)
  return kind === 'token' && (isOperators(deps, text) || deps.stores.keys.wasKey(hash))
}
