import { AuthenticationError, BackhaulError } from '@backhaul/sdk'

/** Who this browser is to the service. */
export interface SignedIn {
  kind: 'key' | 'operator'
  scopes: string[]
  tenant?: { id: string; name: string }
  keyId?: string
  expiresAt: string | null
}

const path = '/v1/sign-in'

/** Null: nobody is signed in. */
export async function whoIsSignedIn(signal: AbortSignal): Promise<SignedIn | null> {
  const response = await fetch(path, { signal })
  return response.status === 401 ? null : answerOf(response)
}

/** With an API key, an operator's token, or the token of a one-time link. Throws a BackhaulError. */
export async function signIn(given: { key: string } | { token: string }): Promise<SignedIn> {
  const headers = { 'content-type': 'application/json' }
  return answerOf(await fetch(path, { method: 'POST', headers, body: JSON.stringify(given) }))
}

export async function signOut(): Promise<void> {
  await fetch(path, { method: 'DELETE' })
}

async function answerOf(response: Response): Promise<SignedIn> {
  const answer = await response.json()
  if (response.ok) return answer
  const Failure = response.status === 401 ? AuthenticationError : BackhaulError
  throw new Failure(answer)
}

/** The token of a one-time link, which is in the fragment so that it reaches no log. It is taken out of the address. */
export function takeLinkToken(): string | null {
  const token = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1] ?? null
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}
