import { endStates, type Invariant } from '../history.ts'

/** In the end there is nothing left to do: no task, delivery, wake, pending event or orphaned object. */
export const ended: Invariant = ({ tasks, deliveries, wakes, sessions }) => [
  ...tasks
    .filter(({ state }) => !endStates.has(state))
    .map(({ id, state }) => ({ id, what: `the task is still ${state}` })),
  ...tasks
    .filter(({ garbage }) => garbage > 0)
    .map(({ id, garbage }) => ({ id, what: `${garbage} orphaned objects of the task are not removed` })),
  ...tasks
    .filter(({ file }) => file?.isOver)
    .map(({ id }) => ({ id, what: 'the lease of its file is over, and the file has not expired' })),
  ...deliveries
    .filter(({ state }) => state !== 'succeeded')
    .map(({ eventId, state }) => ({ id: eventId, what: `its delivery is ${state}` })),
  ...wakes.filter(({ state }) => state !== 'completed').map(({ id, state }) => ({ id, what: `the wake is ${state}` })),
  ...sessions
    .filter(({ isTold, heldEvents }) => isTold && heldEvents > 0)
    .map(({ id, heldEvents }) => ({ id, what: `${heldEvents} events wait for a wake` })),
]

export const noDeath: Invariant = ({ deaths }) =>
  deaths.map(({ process, lastWords }) => ({ id: process, what: `it ended by itself: ${lastWords}` }))

/** Clients repeat what fails on the way or with 5xx; then their requests are carried out. */
export const noRefusal: Invariant = ({ refusals }) => refusals.map((what) => ({ id: 'request', what }))
