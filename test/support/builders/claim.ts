import type { ClaimStore } from '#core/dispatch/claim-store.ts'
import type { FreeSlots } from '#core/dispatch/rules/capacity.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'

/** One round of a dispatcher: marks what is due and claims up to `slots` of it, discretionary tasks as far as `spare` (all). */
export async function claim(
  stores: { dispatch: Pick<ClaimStore, 'promoteDue' | 'claimTasks'> },
  slots: number,
  room: Partial<Omit<FreeSlots, 'slots'>> = {},
): Promise<Lease[]> {
  return (await claimOnce(stores, slots, room)).leases
}

/** Like `claim`, and whether another round may soon find more. */
export async function claimOnce(
  stores: { dispatch: Pick<ClaimStore, 'promoteDue' | 'claimTasks'> },
  slots: number,
  { reserve = 0, spare = slots }: Partial<Omit<FreeSlots, 'slots'>> = {},
): Promise<{ leases: Lease[]; hasMore: boolean }> {
  await stores.dispatch.promoteDue()
  return slots + reserve === 0 ? { leases: [], hasMore: false } : stores.dispatch.claimTasks({ slots, reserve, spare })
}
