import { decisionKinds, readDecision } from '#core/decisions/rules/decision.ts'
import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { NewTask } from '#core/tasks/task-store.ts'
import { recordAttempt, takeNextDelivery } from './next-deliveries.ts'
import { aResponse, type BuiltSession, failure, type SessionChanges, type StoreBuilder } from './store-builder.ts'

export const challenge = { status: 401, host: 'origin.example.com', schemes: ['basic'], realm: 'files' }
const past = "clock_timestamp() - interval '1 ms'"

/** Brings tasks to the point where their delegate is asked, and answers for it. */
export function createDecisions(builder: Pick<StoreBuilder, 'stores' | 'database' | 'session' | 'task' | 'begin'>) {
  const decisions = {
    session: (changes: SessionChanges = {}, tenantId?: string): Promise<BuiltSession> =>
      builder.session(tenantId, { delegateDecisions: decisionKinds, ...changes }),

    /** A task whose begin date lay in the future and has come. */
    async delayed(session: BuiltSession, changes: Partial<NewTask> = {}): Promise<Task> {
      const task = await builder.task(session, { earliestBeginDate: new Date(Date.now() + 3_600_000), ...changes })
      await builder.database.run(`update task set ready_at = ${past}, earliest_begin_date = ${past} where id = $1`, [
        task.id,
      ])
      return task
    },

    /** A task whose origin has responded with 401. */
    async challenged(session: BuiltSession, changes: Partial<NewTask> = {}): Promise<Task> {
      const task = await builder.task(session, changes)
      await decisions.challenge(task)
      return task
    },
    async challenge(task: Task): Promise<'asked' | 'failed' | 'lost'> {
      const { lease } = await builder.begin(task.id)
      const failed = failure(null, { errorName: 'userAuthenticationRequired', detail: 'the origin answered 401' })
      return builder.stores.decisions.askForCredential(lease, failed, challenge)
    },

    take: ({ id, endpointId }: BuiltSession): Promise<OutgoingDelivery | null> =>
      takeNextDelivery(builder.stores, { sessionId: id, endpointId: endpointId! }),

    /** Takes deliveries up to the question and acknowledges those before it. */
    async question(session: BuiltSession): Promise<OutgoingDelivery> {
      let next = await decisions.take(session)
      while (next && next.decision === null) next = await recordAttempt(builder.stores, next, aResponse(204), 0.5, true)
      if (!next) throw new Error('nothing was asked')
      return next
    },

    /** Records the receiver's 200 with this body. */
    answer(question: OutgoingDelivery, body: unknown, status = 200): Promise<OutgoingDelivery | null> {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const decision = readDecision(question.decision!, text, { allowed: [] })
      return recordAttempt(builder.stores, question, aResponse(status, { body: text, decision }), 0.5, true)
    },

    expire: (session: BuiltSession) =>
      builder.database.run(`update decision set expires_at = ${past} where session_id = $1`, [session.id]),

    rows: (session: BuiltSession) =>
      builder.database.many<{
        kind: string
        state: string
        disposition: string | null
        answerSealed: Uint8Array | null
      }>(
        'select kind, state, disposition, answer_sealed from decision where session_id = $1 order by asked_at, event_id',
        [session.id],
      ),
    /** The decisions' states and dispositions. */
    async states(session: BuiltSession): Promise<string[]> {
      const rows = await decisions.rows(session)
      return rows.map(({ state, disposition }) => (disposition === null ? state : `${state}: ${disposition}`))
    },
  }
  return decisions
}
