/**
 * What a process announces to all others through the database. Ids and numbers only: a payload has at most 8,000 bytes.
 */
export type Announcement =
  /** Look for due work. */
  | { kind: 'work' }
  /** The task was suspended, canceled or changed: its lease may be over. */
  | { kind: 'interrupted'; taskId: string }
  | { kind: 'ended'; taskId: string }
  /** The position of the tenant's newest event. Only while the tenant's live stream is read, as `note`. */
  | { kind: 'events'; tenantId: string; head: number }
  | { kind: 'note'; notice: Notice }
  /** The endpoint's newest connection. */
  | { kind: 'connected'; endpointId: string; connectionId: string }
  /** The attempt is on record; `status` null: there was no whole response. */
  | { kind: 'answered'; deliveryId: string; attempt: number; status: number | null }
  /** The key was revoked or rotated. */
  | { kind: 'key'; keyId: string }
  /** An operator wants the worker to take no more tasks. */
  | { kind: 'draining'; workerId: string }
  /** Never sent: a process tells itself that it may have missed any of the others. */
  | { kind: 'missed' }

/** Changes of tasks, for the tenant's live stream (events/rules/live-update.ts). */
export interface Notice {
  type: string
  tenantId: string
}

export type AnnouncementKind = Announcement['kind']
export type AnnouncementOf<Kind extends AnnouncementKind> = Extract<Announcement, { kind: Kind }>
/** The members of an announcement besides its kind. */
export type MembersOf<Kind extends AnnouncementKind> = Omit<AnnouncementOf<Kind>, 'kind'>

export const announcementKinds = [
  'work',
  'interrupted',
  'ended',
  'events',
  'note',
  'connected',
  'answered',
  'key',
  'draining',
  'missed',
] as const satisfies AnnouncementKind[]

/** As text: the kind, a colon, and the members as JSON. */
export function encode({ kind, ...members }: Announcement): string {
  return `${kind}:${JSON.stringify(members)}`
}

/** The SQL expression whose value is {@link encode}d; each member is given as the SQL expression of its value. */
export function encodeSql<Kind extends AnnouncementKind>(
  kind: Kind,
  members: Record<keyof MembersOf<Kind>, string>,
): string {
  const pairs = Object.entries<string>(members).map(([name, value]) => `'${name}', ${value}`)
  return `'${kind}:' || json_build_object(${pairs.join(', ')})`
}

/** Null: it is not one of ours, or of another version. The members of a known kind are trusted. */
export function decode(text: string): Announcement | null {
  const colon = text.indexOf(':')
  const kind = announcementKinds.find((known) => known === text.slice(0, colon))
  if (kind === undefined) return null
  try {
    return { kind, ...JSON.parse(text.slice(colon + 1)) } as Announcement
  } catch {
    return null
  }
}
