import type { Wake } from '../../packages/core/src/domain/session.ts'
import type { BuiltSession, StoreBuilder } from './store-builder.ts'

/** What tests of wakes ask a store that is built before them. */
export function createWakes(built: () => StoreBuilder) {
  const wakesOf = async ({ tenantId, identifier }: BuiltSession): Promise<Wake[]> =>
    (await built().store.listWakes(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data
  return {
    wakesOf,

    /** Opens what is owed; the session's wakes. */
    async owedWakes(session: BuiltSession): Promise<Wake[]> {
      await built().store.openWakes()
      return wakesOf(session)
    },

    feedOf: async ({ tenantId, identifier }: BuiltSession) =>
      (await built().store.listEvents(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data,

    limiterOf: ({ tenantId }: BuiltSession) =>
      built().database.first<{ delaySeconds: number; lastWakeAt: Date | null; gatedLive: number }>(
        'select delay_seconds, last_wake_at, gated_live from limiter where tenant_id = $1',
        [tenantId],
      ),

    /** A session with one task that has completed, and others, still waiting: their ids. */
    async withOneCompleted(session: BuiltSession, others = 0): Promise<string[]> {
      const [first, ...rest] = await built().tasks(session, ...Array(others + 1).fill({}))
      await built().complete(first!.id)
      return rest.map(({ id }) => id)
    },
  }
}
