export const workerStates = ['running', 'draining'] as const

/** `running`: it takes tasks. `draining`: it takes no more, and ends those that it has. */
export type WorkerState = (typeof workerStates)[number]

/** Seconds since a worker was last seen after which it is not listed any more: it has died, or cannot reach the database. */
export const workerListedSeconds = 60

/** Seconds after which its row goes. Until then one that comes back finds what operators want of it. */
export const workerKeptSeconds = 3_600
