/** Requests at once to one origin host, over all tenants and workers. */
export const connectionsPerHost = 64
/** How long downloads have one connection to a host that has refused a second. */
export const oneConnectionMs = 3_600_000
/** Discretionary tasks begin while less than this share of a process's regular slots is taken. */
export const discretionaryShare = 0.7
/** Bytes still expected of a tenant's tasks in flight, together: 64 GiB. A larger task runs alone. */
export const bytesInFlightPerTenant = 64 * 2 ** 30

/**
 * Slots for transfers in a process: regular ones for all tenants, and reserved ones for tenants that have nothing in
 * flight.
 */
export interface WorkerSlots {
  regular: number
  reserve: number
}

/** How many of the regular slots discretionary tasks may fill: at least one, or they would never begin. */
export function discretionarySlots({ regular }: WorkerSlots): number {
  return Math.max(1, Math.floor(regular * discretionaryShare))
}

/** How many tasks may begin now. */
export interface FreeSlots {
  slots: number
  /** Beyond the slots, for tenants that have nothing in flight, one each. */
  reserve: number
  /** How many of the slots may go to discretionary tasks. */
  spare: number
}

/**
 * The free slots when `taken` transfers are in hand or on their way. Discretionary tasks fill their share of the
 * regular slots; the reserve is for a tenant's first task of any kind, so that other tenants' work cannot keep it out.
 */
export function freeSlots({ regular, reserve }: WorkerSlots, taken: number): FreeSlots {
  const discretionary = discretionarySlots({ regular, reserve })
  return {
    slots: Math.max(0, regular - taken),
    reserve: Math.max(0, regular + reserve - Math.max(taken, regular)),
    spare: Math.max(0, discretionary - taken),
  }
}

interface HostFacts {
  /** It asked for a pause (Retry-After), or its circuit is open. */
  blocked: boolean
  /** Its circuit was open, and one request at a time tries it. */
  halfOpen: boolean
  inFlight: number
}

/** How many more tasks may begin at a host. */
export function hostHeadroom({ blocked, halfOpen, inFlight }: HostFacts): number {
  if (blocked) return 0
  return Math.max(0, (halfOpen ? 1 : connectionsPerHost) - inFlight)
}

export interface ConnectionsWanted {
  /** Connections that a transfer wants, its first one included. */
  wanted: number
  /** Connections of other tasks at the host, and of those the session's own. */
  atHost: number
  ofSession: number
  /** httpMaximumConnectionsPerHost. */
  sessionCap: number
  /** Tasks that could begin there. */
  someoneWaits: boolean
  /** It asked for a pause (Retry-After), or its circuit is not closed. */
  isUnwell: boolean
  /** It refused a second connection lately. */
  refusesSecond: boolean
}

/** How many connections a running transfer may have: its first one always, more only while no other task wants them. */
export function allowedConnections({ wanted, atHost, ofSession, sessionCap, ...host }: ConnectionsWanted): number {
  if (host.someoneWaits || host.isUnwell || host.refusesSecond) return 1
  return Math.max(1, Math.min(wanted, connectionsPerHost - atHost, sessionCap - ofSession))
}
