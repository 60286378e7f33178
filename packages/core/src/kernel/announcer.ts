import type { AnnouncementKind, AnnouncementOf } from './rules/announcement.ts'

/** Announcements between processes. They are hints: a process that misses one finds the fact by polling. */
export interface Announcer {
  /** Calls back for every announcement of that kind until the returned function is called. */
  on<Kind extends AnnouncementKind>(kind: Kind, listener: (announcement: AnnouncementOf<Kind>) => void): () => void
}
