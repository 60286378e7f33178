import { type DecisionAnswer, decisionKinds } from '#core/decisions/rules/decision.ts'
import { clientFileKey } from '#core/files/rules/client-file-key.ts'
import { AppError } from '#core/kernel/rules/errors.ts'
import { mint } from '#core/runtime/crypto.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { retryTask } from '#core/tasks/retry-task.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import { TasksRefused } from '#core/tasks/rules/task-rejections.ts'
import { claim } from './claim.ts'
import { challenge } from './decisions.ts'
import { recordAttempt, takeNextDelivery } from './next-deliveries.ts'
import {
  aResponse,
  type BuiltSession,
  facts,
  failure,
  newTask,
  part,
  type StoreBuilder,
  storedFile,
  transfer,
} from './store-builder.ts'

/** Pseudo-random numbers in [0, 1), determined by the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A caller of random verbs, of which many run at once. Throws errors that no caller of the verb expects. */
export function createActor(
  { database }: StoreBuilder,
  stores: Stores,
  sessions: BuiltSession[],
  random: () => number,
) {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const chance = (share: number) => random() < share
  const host = () => `host-${Math.floor(random() * 3)}.random.example.com`

  async function anyTask(): Promise<{ id: string; tenantId: string } | null> {
    const rows = await database.many<{ id: string; tenantId: string }>(
      'select id, tenant_id from task where session_id = any($1) order by ended_at is null desc, id desc limit 30',
      [sessions.map(({ id }) => id)],
    )
    return rows.length === 0 ? null : pick(rows)
  }
  const create = (session: BuiltSession, changes: Partial<Parameters<typeof newTask>[0]> = {}) =>
    stores.tasks.createTasks(
      session.tenantId,
      session.identifier,
      Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) =>
        newTask({
          host: host(),
          suspended: chance(0.15),
          isDiscretionary: chance(0.3),
          earliestBeginDate: chance(0.3) ? new Date(Date.now() + random() * 200) : null,
          destinationKey: chance(0.3) ? `key-${Math.floor(random() * 4)}` : null,
          ...(n === 0 ? changes : {}),
        }),
      ),
    )

  /** Acts as a worker with a claimed task. */
  async function work(lease: Lease, calm: boolean): Promise<void> {
    const job = await stores.transfers.beginTransfer(lease, 'wrk_random')
    if (!job) return
    const { task } = job
    const generation = job.transfer?.generation ?? lease.epoch
    const whole = transfer(generation, { key: `tasks/${task.id}/${generation}` })
    if (!job.transfer) await stores.transfers.startGeneration(lease, whole, facts)
    await stores.transfers.recordPart(lease, generation, part(1))
    const draw = calm ? 1 : random()
    if (draw < 0.15) await stores.transfers.failAttempt(lease, failure(random() * 100, { startOver: chance(0.3) }))
    else if (draw < 0.22)
      await stores.transfers.failAttempt(lease, failure(null, { hostOutcome: { kind: 'answered' } }))
    else if (draw < 0.35) await stores.transfers.giveBack(lease, random() * 50)
    else if (draw < 0.4)
      return // Its lease ends.
    else if (draw < 0.55 && job.configuration.delegateDecisions.length > 0)
      await stores.decisions.askForCredential(lease, failure(null, { hostOutcome: { kind: 'answered' } }), challenge)
    else {
      if (chance(0.7))
        await stores.transfers.finalizeTransfer(lease, { ...whole, sealed: { bytes: 9 } as never }, facts)
      const stored = storedFile(task.id)
      const key = task.destinationKey && clientFileKey(task.tenantId, task.destinationKey)
      const at = key
        ? { file: { ...stored.file, key }, alsoAt: whole.key }
        : { file: { ...stored.file, key: whole.key } }
      await stores.transfers.completeTask(lease, { ...stored, ...at, inParts: true }, task.sessionId)
    }
  }

  async function deliver(calm: boolean): Promise<void> {
    for (const lane of await stores.deliveries.listDueDeliveryLanes(10)) {
      let next = await takeNextDelivery(stores, lane)
      for (let n = 0; next && n < 20; n++) {
        if (!calm && chance(0.05)) break // The process dies; another takes the lane when its lease has ended.
        const failed = !calm && chance(0.2)
        const answer: DecisionAnswer = chance(0.3)
          ? { disposition: 'cancel' }
          : next.decision === 'delayedRequest'
            ? { disposition: 'continueLoading' }
            : { disposition: 'useCredential', credential: { scheme: 'bearer', token: 'token' } }
        const decision = next.decision === null || failed ? {} : { decision: { answer } }
        next = await recordAttempt(stores, next, aResponse(failed ? 500 : 200, decision), random(), chance(0.8))
      }
    }
  }

  const onTask = (verb: (tenantId: string, id: string) => Promise<unknown>) => async () => {
    const task = await anyTask()
    if (task) await verb(task.tenantId, task.id)
  }
  const url = () => ({ url: `https://${host()}/${random()}`, host: host() })
  const clientVerbs: (() => Promise<unknown>)[] = [
    () => create(pick(sessions)),
    () => create(pick(sessions)),
    onTask((tenantId, id) => stores.tasks.suspendTask(tenantId, id)),
    onTask((tenantId, id) => stores.tasks.resumeTask(tenantId, id)),
    onTask((tenantId, id) => stores.tasks.cancelTask(tenantId, id)),
    onTask(async (tenantId, id) => {
      const canceled = await stores.tasks.cancelKeepingTransfer(tenantId, id)
      if (typeof canceled === 'string' || typeof canceled.kept === 'string' || chance(0.3)) return
      await create(pick(sessions.filter((session) => session.tenantId === tenantId)), { resumes: canceled.kept })
    }),
    onTask((tenantId, id) => stores.tasks.changeTask(tenantId, id, { url: url(), priority: random() })),
    onTask((tenantId, id) =>
      retryTask({ stores, mint, egress: { allowed: [] }, nowMs: Date.now }, tenantId, id, {}, undefined),
    ),
    onTask((tenantId, id) => stores.files.changeFile(tenantId, id, { kind: chance(0.5) ? 'keep' : 'release' })),
    () => stores.wakes.enterForeground(pick(sessions).tenantId, 'key_1', 1),
    () => stores.wakes.leaveForeground(pick(sessions).tenantId, 'key_1'),
    async () => {
      if (chance(0.93)) return
      const { tenantId, identifier } = pick(sessions)
      await stores.sessions.invalidateSession(tenantId, identifier, chance(0.5) ? 'cancel' : 'finish')
    },
    async () => {
      const open = await database.many<{ id: string; tenantId: string }>("select * from wake where state = 'open'")
      if (open.length > 0) await stores.wakes.completeWake(pick(open).tenantId, pick(open).id)
    },
    async () => {
      const session = pick(sessions)
      const delegate = session.endpointId === null ? ({ kind: 'pull' } as const) : { endpointId: session.endpointId }
      const delegateDecisions = session.endpointId === null ? [] : decisionKinds
      const configuration = { ...defaultConfiguration, delegate, delegateDecisions, fileLeaseSeconds: 1 }
      const put = await stores.sessions.putSession(session.tenantId, session.identifier, configuration)
      if (put.kind === 'created') sessions.push({ ...session, id: put.session.id })
    },
  ]
  const housekeeping: ((calm: boolean) => Promise<unknown>)[] = [
    async (calm) => {
      const leases = await claim(stores, 20)
      await Promise.all(leases.map((lease) => work(lease, calm)))
    },
    deliver,
    () => stores.decisions.decide(),
    () => stores.sessions.cancelTasks(),
    () => stores.transfers.reap(),
    () => stores.wakes.openWakes(),
    () => stores.files.expireFiles(),
    () => stores.tasks.expireResumeData(),
    () => stores.sessions.invalidateSessions(),
    () => stores.sessions.holdClosedSessions(),
    async () => {
      for (const { taskId, orphans } of await stores.files.leaseOrphans())
        await stores.files.clearOrphans(taskId, orphans)
    },
  ]
  return {
    /** Calls one verb of a client or of a process of the service. */
    async step(): Promise<void> {
      try {
        await (chance(0.55) ? pick(clientVerbs)() : pick(housekeeping)(false))
      } catch (error) {
        if (!(error instanceof TasksRefused || error instanceof AppError)) throw error
      }
    },
    /** Runs all background work of the service once, without failures. */
    async tick(): Promise<void> {
      for (const each of housekeeping) await each(true)
    },
  }
}
