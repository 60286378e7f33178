import type { Announcer } from '../kernel/announcer.ts'
import type { Sql } from './database.ts'

export const channel = 'backhaul'

type Kind = Parameters<Announcer['on']>[0]

/** Sent when the transaction commits. `work`: look for due work; `interrupted`, `ended`: of one task. */
export async function announce(tx: Sql, kind: Kind, subject = ''): Promise<void> {
  await tx.run('select pg_notify($1, $2)', [channel, announcement(kind, subject)])
}

/** One announcement for each subject. */
export async function announceAll(tx: Sql, kind: Kind, subjects: string[]): Promise<void> {
  if (subjects.length > 0) await tx.run(announcing('$1'), [subjects.map((subject) => announcement(kind, subject))])
}

export function announcement(kind: Kind, subject: string): string {
  return `${kind}:${subject}`
}

/** The query that sends an array of announcements, for use inside a larger statement. */
export function announcing(parameter: string): string {
  return `select pg_notify('${channel}', payload) from unnest(${parameter}::text[]) as payload`
}
