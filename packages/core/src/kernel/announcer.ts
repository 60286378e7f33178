/** Announcements between processes. They are hints: whoever misses one finds the fact by polling. */
export interface Announcer {
  /**
   * Calls back for every announcement of that kind until the returned function is called. `work`: '' (look for due work).
   * `interrupted`, `ended`: a task's id. `events`: `<tenant>:<number of its newest event>`, or '' (look at all of them).
   * `note`: a {@link LiveNotice} as JSON. These two come only while somebody reads the tenant's live stream.
   * `connected`: `<endpoint>:<its newest connection>`. `answered`: `<delivery>:<attempt>:<status>`, which is empty when there
   * was no whole answer; the attempt is on record.
   */
  on(
    kind: 'work' | 'interrupted' | 'ended' | 'events' | 'note' | 'connected' | 'answered',
    listener: (subject: string) => void,
  ): () => void
}
