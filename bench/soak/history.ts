/**
 * What a run of the soak has seen, as data: what clients were promised, what receivers got, and what was left in the database
 * and in the bucket when everything had come to rest. Times are Unix milliseconds.
 */
export interface History {
  creations: Creation[]
  tasks: TaskRecord[]
  /**
   * States that clients read of tasks, in the order in which they had them. `behind`: so many were there already when this one was
   * asked for; of two that were asked for at the same time, the older answer may come later.
   */
  sightings: { taskId: string; state: string; behind: number }[]
  /** By the path at the origin: the SHA-256 (hex) of every version that was ever served there. */
  versions: Map<string, ReadonlySet<string>>
  sessions: SessionRecord[]
  /** Every event, as the list of events shows it at the end, by tenant and in its order. */
  events: EventRecord[]
  /** The ids that a client read with a cursor while the events came, by tenant. */
  followed: Map<string, string[]>
  /** In the order of arrival. */
  posts: Post[]
  deliveries: { eventId: string; sessionId: string; state: string }[]
  wakes: WakeRecord[]
  limiters: LimiterRecord[]
  /** Keys in the bucket, and uploads that are neither completed nor aborted. */
  objects: string[]
  uploads: { key: string; uploadId: string }[]
  /** Requests that were refused although nothing was wrong with them. */
  refusals: string[]
  /** Processes that ended without being told to. */
  deaths: { process: string; lastWords: string }[]
}

/** A task that a client was told exists. */
export interface Creation {
  /** The client's own name of it, its metadata `creation`: sent again and again until there was a response. */
  name: string
  taskId: string
  tenantId: string
  sessionId: string
  path: string
  mayEndAs: readonly string[]
}

export interface TaskRecord {
  id: string
  tenantId: string
  creation: string
  state: string
  file: {
    state: string
    key: string
    bytes: number
    /** Its lease is over, so it is to expire. */
    isOver: boolean
    /** Of the object in the bucket; null: there is none. */
    sha256: string | null
  } | null
  /** Objects and uploads that a sweeper is still to remove. */
  garbage: number
}

export interface SessionRecord {
  id: string
  tenantId: string
  identifier: string
  /** Whether its events are POSTed. */
  isTold: boolean
  /** Whether its client completes wakes: maybe while events are on their way, behind which nothing is told then. */
  isExplicit: boolean
  heldEvents: number
}

export interface EventRecord {
  id: string
  tenantId: string
  tenantSequence: number
  /** Null: it belongs to no session. */
  sessionId: string | null
  sequence: number | null
  type: string
  taskId: string | null
  /** Of the task, as the event tells it. */
  state: string | null
}

export interface Post {
  /** Its header field `webhook-id`. */
  webhookId: string
  isSigned: boolean
  /** Null: the receiver broke the connection. */
  status: number | null
  /** SHA-256 (hex) of the body. */
  bodySha256: string
  /** What the body says. */
  event: {
    id: string
    type: string
    sessionId: string
    sequence: number | null
    position: number
    wakeId: string | null
  }
}

export interface WakeRecord {
  id: string
  tenantId: string
  sessionId: string
  state: string
  openedAtMs: number
  delayAfterSeconds: number
}

export interface LimiterRecord {
  tenantId: string
  policy: { baseSeconds: number; factor: number; capSeconds: number }
  delaySeconds: number
  lastWakeAtMs: number | null
  /** Its client was in the foreground at some time, which takes the delay away. */
  wasInForeground: boolean
}

export interface Violation {
  invariant: string
  /** Of the task, event, wake … that it is about. */
  id: string
  what: string
}

/** A law that every history must keep. */
export type Invariant = (history: History) => Omit<Violation, 'invariant'>[]

export const endStates: ReadonlySet<string> = new Set(['completed', 'failed', 'canceled'])

export const isAcknowledged = ({ status }: Pick<Post, 'status'>): boolean =>
  status !== null && status >= 200 && status < 300

/** The items by a property of theirs, in their order. */
export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
