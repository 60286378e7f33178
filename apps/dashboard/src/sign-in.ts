import { BackhaulError, type GivenSignIn, type SignIn } from '@backhaul/sdk'
import { backhaul } from './service.ts'

/** Null: nobody is signed in. */
export async function whoIsSignedIn(signal: AbortSignal): Promise<SignIn | null> {
  try {
    return await backhaul.signIn.get({ signal })
  } catch (error) {
    if (isSignedOut(error)) return null
    throw error
  }
}

/** With an API key, an operator's token, or the token of a one-time link. */
export const signIn = (given: GivenSignIn): Promise<SignIn> => backhaul.signIn.create(given)

/** Done as well when the sign-in has ended already: by another tab, or with its key. */
export async function signOut(): Promise<void> {
  try {
    await backhaul.signIn.delete()
  } catch (error) {
    if (!isSignedOut(error)) throw error
  }
}

/** A question that the service has refused because nobody is signed in, or not any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof BackhaulError && error.status === 401
}

/** The token of a one-time link, which is in the fragment so that it reaches no log. It is taken out of the address. */
export function takeLinkToken(): string | null {
  const token = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1] ?? null
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}
