import type { Wake } from '#core/wakes/rules/wake.ts'
import type { BuiltSession, StoreBuilder } from './store-builder.ts'

/** Helpers for tests of wakes. */
export function createWakes(builder: StoreBuilder) {
  const wakesOf = async ({ tenantId, identifier }: BuiltSession): Promise<Wake[]> =>
    (await builder.stores.wakes.listWakes(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data
  return {
    wakesOf,

    /** Opens owed wakes and returns the session's wakes. */
    async owedWakes(session: BuiltSession): Promise<Wake[]> {
      await builder.stores.wakes.openWakes()
      return wakesOf(session)
    },

    feedOf: async ({ tenantId, identifier }: BuiltSession) =>
      (await builder.stores.events.listEvents(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data,

    limiterOf: ({ tenantId }: BuiltSession) =>
      builder.database.first<{ delaySeconds: number; lastWakeAt: Date | null; gatedLive: number }>(
        'select delay_seconds, last_wake_at, gated_live from limiter where tenant_id = $1',
        [tenantId],
      ),

    /** Creates sessions like the given one, each with a pending event and a wake owed for longer than those of all others. */
    async addOwed({ id, tenantId }: BuiltSession, count: number): Promise<void> {
      await builder.database.run(
        `with numbered as (
           select $1 || '-' || n as session_id, n from generate_series(1, $3::int) n
         ), sessions as (
           insert into session (id, tenant_id, identifier, state, configuration, endpoint_id, last_sequence, wake_due_at)
           select session_id, s.tenant_id, s.identifier || '-' || n, s.state, s.configuration, s.endpoint_id, 1,
             clock_timestamp() - interval '1 hour'
           from session s, numbered where s.id = $1
         ), feed as (
           update feed set last_sequence = last_sequence + $3::int where tenant_id = $2
           returning last_sequence - $3::int as before
         )
         insert into event (id, tenant_id, session_id, type, sequence, tenant_sequence, data, held, created_at)
         select 'evt_' || session_id, $2, session_id, 'task.completed', 1, before + n, '{}', true, clock_timestamp()
         from numbered, feed`,
        [id, tenantId, count],
      )
    },

    /** A session with one task that has completed, and others, still waiting: their ids. */
    async withOneCompleted(session: BuiltSession, others = 0): Promise<string[]> {
      const [first, ...rest] = await builder.tasks(session, ...Array(others + 1).fill({}))
      await builder.complete(first!.id)
      return rest.map(({ id }) => id)
    },
  }
}
