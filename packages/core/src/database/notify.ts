import {
  type Announcement,
  type AnnouncementKind,
  encode,
  encodeSql,
  type MembersOf,
} from '../kernel/rules/announcement.ts'
import type { Sql } from './database.ts'

export const channel = 'backhaul'

/** Sent when the transaction commits. */
export function announce(tx: Sql, kind: 'work'): Promise<void>
export function announce<Kind extends AnnouncementKind>(tx: Sql, kind: Kind, members: MembersOf<Kind>): Promise<void>
export async function announce(tx: Sql, kind: AnnouncementKind, members: object = {}): Promise<void> {
  await tx.run('select pg_notify($1, $2)', [channel, encode({ kind, ...members } as Announcement)])
}

/** In one statement. */
export async function announceAll(tx: Sql, announcements: Announcement[]): Promise<void> {
  if (announcements.length > 0) await tx.run(announcing('$1'), [announcements.map(encode)])
}

/** The query that sends an array of encoded announcements, for use inside a larger statement. */
export function announcing(parameter: string): string {
  return `select pg_notify('${channel}', payload) from unnest(${parameter}::text[]) as payload`
}

/** The SQL call that sends one announcement; each member is given as the SQL expression of its value. */
export function notifying<Kind extends AnnouncementKind>(
  kind: Kind,
  members: Record<keyof MembersOf<Kind>, string>,
): string {
  return `pg_notify('${channel}', ${encodeSql(kind, members)})`
}
