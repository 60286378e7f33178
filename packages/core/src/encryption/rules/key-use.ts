/**
 * How long what a key has signed is good for, at most: resume data is, as long as its parts are kept. Wakes' tokens and links to files end
 * sooner. Hours.
 */
export const signedHours = 72

/** What a key is still needed for. Rows are counted by table; a table without any is left out. */
export interface KeyUse {
  id: string
  /** The installation's first key, whose rows do not name it. */
  isUnlabelled: boolean
  /** When a process that encrypts with it last said so. Null: only rows name it, and no process has had it. */
  usedAt: Date | null
  /** Since then a process may start without it. */
  releasedAt: Date | null
  /** Processes that have it, and those that encrypt with it. */
  holders: number
  users: number
  rows: Readonly<Record<string, number>>
}

export type KeyAdvice = 'encrypts' | 'rowsLeft' | 'notReleased' | 'signaturesLeft' | 'removable'

/** Whether the key may be taken out of `ENCRYPTION_KEYS`, and if not, why. Nothing signed by it is refused then. */
export function adviseOn(key: KeyUse, now: Date): { advice: KeyAdvice; removableAt: Date | null } {
  if (key.users > 0) return { advice: 'encrypts', removableAt: null }
  if (Object.values(key.rows).some((count) => count > 0)) return { advice: 'rowsLeft', removableAt: null }
  if (key.releasedAt === null) return { advice: 'notReleased', removableAt: null }
  const removableAt = new Date((key.usedAt ?? key.releasedAt).getTime() + signedHours * 3_600_000)
  return { advice: removableAt > now ? 'signaturesLeft' : 'removable', removableAt }
}

/** For people. */
export function adviceText(key: KeyUse, now: Date): string {
  const { advice, removableAt } = adviseOn(key, now)
  const rows = Object.entries(key.rows).filter(([, count]) => count > 0)
  const total = rows.reduce((sum, [, count]) => sum + count, 0)
  const counted =
    total === 0 ? 'no rows' : `${total} rows (${rows.map(([table, count]) => `${table} ${count}`).join(', ')})`
  const held = `had by ${key.holders} running processes`
  switch (advice) {
    case 'encrypts':
      return `${key.id}: encrypts in ${key.users} processes, ${held}; ${counted}. Keep it.`
    case 'rowsLeft':
      return `${key.id}: ${held}; ${counted} still to be encrypted anew. Keep it.`
    case 'notReleased':
      return `${key.id}: ${held}; no rows, but the workers have not gone through all tables since it was used. Keep it.`
    case 'signaturesLeft':
      return `${key.id}: ${held}; no rows. Resume data signed by it is good until ${removableAt?.toISOString()}: take it out then.`
    case 'removable':
      return `${key.id}: ${held}; no rows. It may be taken out of ENCRYPTION_KEYS.`
  }
}
