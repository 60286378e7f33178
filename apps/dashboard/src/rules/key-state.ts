import type { ApiKey } from '@backhaul/sdk'

export type KeyState = 'living' | 'rotated' | 'expired' | 'revoked'

/** `rotated`: it works beside its successor until it expires. */
export function keyState({ revokedAt, expiresAt, replacedBy }: ApiKey, nowMs: number): KeyState {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) return 'expired'
  return replacedBy === null ? 'living' : 'rotated'
}

export const isWorking = (key: ApiKey, nowMs: number): boolean => ['living', 'rotated'].includes(keyState(key, nowMs))

/** Those that work first, each group from the newest on. */
export function keysInOrder(keys: readonly ApiKey[], nowMs: number): ApiKey[] {
  const rank = (key: ApiKey) => (isWorking(key, nowMs) ? 0 : 1)
  return keys.toSorted((a, b) => rank(a) - rank(b) || Date.parse(b.createdAt) - Date.parse(a.createdAt))
}

/** For how long a key that is replaced goes on to work, in seconds. */
export const overlaps = [
  [0, 'not at all: it ends at once'],
  [3_600, 'for an hour'],
  [86_400, 'for a day'],
  [604_800, 'for a week'],
] as const

/** When a new key ends, in days. */
export const lifetimes = [
  [0, 'never'],
  [1, 'in a day'],
  [30, 'in 30 days'],
  [90, 'in 90 days'],
  [365, 'in a year'],
] as const

export function expiryOf(days: number, nowMs: number): { expiresAt?: string } {
  return days === 0 ? {} : { expiresAt: new Date(nowMs + days * 86_400_000).toISOString() }
}
