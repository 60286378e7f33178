import type { DecisionKind, DecisionReading } from '../decisions/rules/decision.ts'
import type { DeliveryOrder } from '../deliveries/rules/receiver-directive.ts'
import type { Places, Vacancies } from '../dispatch/rules/capacity.ts'
import type { HostOutcome } from '../hosts/rules/host-health.ts'
import type { Upload } from '../kernel/ports.ts'
import type { SessionConfiguration } from '../sessions/rules/session.ts'
import type { RetryReason } from '../tasks/rules/retry-policy.ts'
import type { Checksums, Task } from '../tasks/rules/task.ts'
import type { TaskErrorName } from '../tasks/rules/task-error.ts'
import type { DeclaredDigest } from '../transfer/engine/rules/declared-digests.ts'
import type { SavedPart } from '../transfer/engine/rules/range-resume.ts'
import type { TaskResponse, Transaction } from '../transfer/http/rules/transaction.ts'

/* The workers' verbs; as in stores.ts, each is one transaction. */

/** What the bytes of an unfinished task belong to. */
export interface Transfer {
  /** The epoch in which it began; a new one is begun for every version of the resource. */
  generation: number
  key: string
  uploadId: string | null
  /** As storage said when the upload began. */
  isCompared?: boolean | undefined
  /** Strong ETag, or null: cannot be resumed. */
  validator: string | null
  total: number | null
  mimeType: string
  /** Written before the object is completed: the next epoch asks storage instead of the origin. */
  sealed: SealedBytes | null
  /** What the origin says of the whole file. */
  declared: DeclaredDigest[]
}
/** All bytes are in storage, and are as they should be. */
export interface SealedBytes {
  bytes: number
  checksums: Checksums
  /** False: a digest that is needed was not computed as the bytes came. */
  verified: boolean
}
export interface Garbage {
  key: string
  /** Null: one may have begun there, whose id nobody has written down. */
  uploadId?: string | null
}
export interface TransferJob {
  task: Task
  configuration: SessionConfiguration
  transfer: Transfer | null
  parts: SavedPart[]
  /** Until the task's deadline, by the database's clock. */
  remainingMs: number | null
}
export interface Lease {
  taskId: string
  epoch: number
}
export interface Progress {
  bytesReceived: number
  bytesExpected: number | null
  bytesPerSecond: number | null
  /** The task's requests with what they have brought so far; absent: as they were. */
  transactions?: readonly Transaction[]
}
export interface TransferFacts {
  response: TaskResponse
  currentUrl: string
  transactions: Transaction[]
}

export interface TransferStore {
  /** dispatched → running in this epoch; null when the hint is stale or the task is being canceled with its session. */
  beginTransfer(lease: Lease, workerId: string): Promise<TransferJob | null>
  /** Renews the lease and shows progress, which stays if the worker is killed; false when the lease is lost. */
  renewLease(lease: Lease, progress: Progress): Promise<boolean>
  /** Tells whoever reads the live stream that the transfer goes on behind what it has; nothing is stored. */
  noteResumed(lease: Lease, resumed: { offset: number; expectedTotalBytes: number | null }): Promise<void>
  /** A new generation: forgets the parts of the one before, which becomes garbage. */
  startGeneration(lease: Lease, transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** The upload that has begun for it. */
  recordUpload(lease: Lease, upload: Upload): Promise<boolean>
  /**
   * How many connections to the task's host it may use, of those it wants: within the caps of session and host over all
   * workers, and one only while other tasks wait for that host. Null: the lease is lost.
   */
  useConnections(lease: Lease, wanted: number): Promise<number | null>
  recordPart(lease: Lease, generation: number, part: SavedPart): Promise<boolean>
  /** running → completing: from here on the next epoch asks storage, not the origin. */
  sealTransfer(lease: Lease, transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** With `sessionId`, what completes of the session at the same time shares a transaction. */
  completeTask(lease: Lease, stored: StoredFile, sessionId?: string): Promise<boolean>
  /** The attempt failed at the origin's side. `retryInMs` null: for good. */
  failAttempt(lease: Lease, failure: FailedTransfer): Promise<boolean>
  /**
   * What a worker may have left in storage that has lost its task. Swept once the task has ended, unless the task goes on
   * with it, has it as its file, was canceled, or failed with resume data: then whoever ended it has written down what was
   * there, and another task may go on with it.
   */
  leaveBehind(taskId: string, left: Garbage): Promise<void>
  /** Back to waiting without charging an attempt: our own fault, or the worker is stopping. */
  giveBack(lease: Lease, inMs: number): Promise<boolean>
}
/** What a transfer has left in storage. */
export interface StoredFile {
  file: { key: string; bytes: number; checksums: Checksums }
  facts: TransferFacts
  /** It was stored in parts, whose rows can go. */
  inParts: boolean
  /** Another key that the file has also, and can lose once the task is completed. */
  alsoAt?: string
}
export interface FailedTransfer {
  fault: TaskErrorName
  detail: string
  retriable: boolean
  retryInMs: number | null
  /** Why it is repeated just then. */
  because?: RetryReason
  suspect: boolean
  startOver: boolean
  transactions: Transaction[]
  /** The answer that failed, when there was one. */
  response: TaskResponse | null
  /** What the attempt says of the task's host; absent: nothing. */
  hostOutcome?: HostOutcome
}

export const garbageLeaseSeconds = 120
/** Longer than a run of deliveries may take, so that two workers never send the same head. */
export const laneLeaseSeconds = 30

export interface DispatchStore {
  /**
   * Claims up to `slots` due tasks, fairly between tenants and within the caps of tenants, hosts and sessions, and up to
   * `reserve` (0) more for tenants that have nothing in flight, one each. Discretionary tasks get no more than `spare` (all)
   * of the slots; the reserve is for tasks of any kind. `lookAgain` is called when another round may soon find more.
   */
  claimTasks(slots: number, room?: Partial<Omit<Vacancies, 'slots'>> & { lookAgain?: () => void }): Promise<Lease[]>
  /** Tells those who explain what tasks wait for that this process fetches, and how much at once. Repeated every few seconds. */
  reportPlaces(workerId: string, places: Places): Promise<void>
  /** The process takes no more tasks. */
  withdrawPlaces(workerId: string): Promise<void>
  /** How many claimed tasks no worker has begun yet. */
  countDispatched(): Promise<number>
  /** Milliseconds until something is due (0: now), or null when nothing is planned. */
  nextDueInMs(): Promise<number | null>
  /** Ends every lease at once: for a database that no other process can have, so that nobody is left who holds one. */
  endLeases(): Promise<void>
  /** Returns tasks whose lease has ended, and fails those whose deadline has passed or whose host is given up; how many. */
  reap(): Promise<number>
  /** Goes on canceling the tasks of sessions that are invalidated with their tasks; how many were canceled. */
  cancelTasks(): Promise<number>
  /** Ends finishing sessions that have nothing left to do or to tell and were not ended when that became so. */
  invalidateSessions(): Promise<number>
  /** Puts due discretionary tasks off whose preferred hours have closed, unless their latest start has come; how many. */
  holdClosedSessions(): Promise<number>
  /** Finds sessions that have drained although nobody has noticed, some at a time: their wakes are due. */
  bringWakesForward(): Promise<void>
  /** Opens the wakes that are owed; expires those whose deadline has passed. */
  openWakes(): Promise<number>
  /** Expires temporary files whose lease has ended and whose completion has been delivered. */
  expireFiles(): Promise<number>
  /** Makes garbage of what failed and canceled tasks had received and nobody has taken over in time. */
  expireResumeData(): Promise<number>
  /** Removes answers to idempotent requests that are no longer replayed. */
  forgetAnswers(): Promise<number>
  /** Tasks with garbage, some at a time, leased to the caller for {@link garbageLeaseSeconds}. */
  leaseGarbage(): Promise<{ taskId: string; garbage: Garbage[] }[]>
  clearGarbage(taskId: string, garbage: Garbage[]): Promise<void>
}

export interface OutgoingDelivery {
  wakeId: string | null
  laneEpoch: number
  deliveryId: string
  sessionId: string
  endpointId: string
  eventId: string
  /** The event's id; of a challenge, that of the attempt. */
  webhookId: string
  /** The receiver has to repeat this before it gets events; null: it is an event. */
  challenge: string | null
  attempts: number
  /** Of them, those made before the schedule began anew. */
  attemptsBefore: number
  /** Null: it goes over the connection of a stream. */
  url: string | null
  /** What the event asks for; its answer is the delegate's decision. */
  decision: DecisionKind | null
  /** When it was taken by the database's clock, Unix ms. */
  takenAtMs: number
  /** Sent to see whether a half-open endpoint is there again. */
  isProbe: boolean
  /** Live secrets, `whsec_…`, or private keys, `whsk_…`. */
  secrets: string[]
  /** The endpoint's own. */
  headers: Record<string, string>
  body: string
}
export interface DeliveryAnswer {
  status: number | null
  error: string | null
  body: string
  retryAfterSeconds: number | null
  /** As the sender has them. */
  note?: string
  order?: DeliveryOrder
  isOwnFault?: true
  /** What a 2xx to a question says. */
  decision?: DecisionReading
}
/** A POST that got an answer, or certainly none. */
export interface SentDelivery {
  delivery: OutgoingDelivery
  answer: DeliveryAnswer
  durationMs: number
  /** How long ago that was. */
  agoMs: number
  /** The header fields that it was sent with. */
  headers?: Record<string, string>
}
export interface LaneLease {
  sessionId: string
  endpointId: string
}
export interface DeliveryStore {
  /** Lanes with something due, not leased, of endpoints that are called at their URL. */
  listDueLanes(limit: number): Promise<LaneLease[]>
  /**
   * Leases the lane for {@link laneLeaseSeconds}, writes an attempt (intent) for each of its first deliveries, at most so
   * many, and fixes their bodies. A question comes alone. Empty when there is nothing to do or another has the lane.
   * `connectionId`: they go over this connection; empty, too, when another has taken its endpoint over.
   */
  takeHeads(lane: LaneLease, most: number, connectionId?: string): Promise<OutgoingDelivery[]>
  /**
   * What became of a run that was taken: `sent` in their order, all but the last of them successes, then those that were not
   * tried, whose attempts are taken back; so is that of the last one if it failed by our own fault. `most`: so many are taken next in the same transaction; 0: the lane rests; null:
   * it keeps its lease, as there is one between the two whose outcome nobody knows.
   */
  recordAttempts(
    run: { sent: readonly SentDelivery[]; unsent: readonly OutgoingDelivery[] },
    random: number,
    most: number | null,
  ): Promise<OutgoingDelivery[]>
}
