import type { ApiKey, SignIn } from '@backhaul/sdk'

export type Scope = ApiKey['scopes'][number]

/** What each lets a key do. None implies another. */
export const scopes: Record<Scope, string> = {
  read: 'see everything of the tenant',
  write: 'create and change sessions, tasks, endpoints and files',
  foreground: 'say that a user is looking, which lets everything begin at once',
  admin: 'manage keys, and read the audit',
}
export const scopeNames = Object.keys(scopes) as Scope[]

/** The scope that is missing for what needs one; null: none. Operators need none. */
export function missingScope(who: Pick<SignIn, 'kind' | 'scopes'>, scope: Scope | undefined): Scope | null {
  return scope === undefined || who.kind === 'operator' || who.scopes.includes(scope) ? null : scope
}
