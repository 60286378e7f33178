/** A tenant's place in dispatch, read under its lock. */
export interface Lane {
  tenantId: string
  /** Work done so far over weight: the smallest is served next. */
  vtime: number
  weight: number
  /** How many more tasks the tenant's cap allows in flight. */
  free: number
  /** Tasks that may begin now (counted up to what could be taken). */
  due: number
  /** Nothing of the tenant is in flight. */
  idle: boolean
}

export interface Share {
  tenantId: string
  take: number
  vtime: number
}

/** A lane that was idle catches up by at most this much work: enough to be served first, too little to shut others out. */
export const catchUp = 16

/**
 * Weighted fair sharing of `slots` over the lanes: each slot goes to the lane with the smallest virtual time that still
 * has something due and is under its cap. A lone lane gets all of them. `ceiling` is the largest virtual time of any lane.
 * `reserve` slots beyond them go to idle lanes only, one each: a tenant that has filled every place with slow origins does
 * not keep the others out.
 *
 * One task of the lightest lane moves the ceiling by 1/weight. A heavy lane is behind by as much without having been idle:
 * lifting it closer would take from it what its weight has earned.
 */
export function shareSlots(lanes: readonly Lane[], slots: number, ceiling: number, reserve = 0): Share[] {
  const step = 1 / Math.min(...lanes.map(({ weight }) => weight))
  const shares = lanes.map((lane) => ({
    tenantId: lane.tenantId,
    take: 0,
    vtime: Math.max(lane.vtime, ceiling - Math.max(catchUp / lane.weight, step)),
    weight: lane.weight,
    room: Math.max(0, Math.min(lane.free, lane.due)),
    idle: lane.idle,
  }))
  for (let slot = 0; slot < slots; slot++) {
    let next: (typeof shares)[number] | undefined
    for (const share of shares) if (share.take < share.room && (!next || share.vtime < next.vtime)) next = share
    if (!next) break
    next.take += 1
    next.vtime += 1 / next.weight
  }
  const newcomers = shares.filter(({ idle, take, room }) => idle && take === 0 && room > 0)
  for (const share of newcomers.toSorted((a, b) => a.vtime - b.vtime).slice(0, reserve)) {
    share.take = 1
    share.vtime += 1 / share.weight
  }
  return shares.filter((share) => share.take > 0).map(({ tenantId, take, vtime }) => ({ tenantId, take, vtime }))
}
