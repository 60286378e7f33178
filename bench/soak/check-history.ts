import type { History, Invariant, Violation } from './history.ts'
import { allTold, sameBytes, signed } from './invariants/deliveries.ts'
import { followedWhole, gapless, oneEnd } from './invariants/events.ts'
import { ended, noDeath, noRefusal } from './invariants/rest.ts'
import { rightBytes, swept } from './invariants/storage.ts'
import { acceptedOnce, finalStates } from './invariants/tasks.ts'
import { framedWakes, limiterRaisedOnce } from './invariants/wakes.ts'

/** By name, in the order in which their violations are reported. */
export const invariants = {
  'a task that was acknowledged exists, once': acceptedOnce,
  'a task has one terminal state, and never leaves it': finalStates,
  'a file is one version of its resource, byte for byte': rightBytes,
  'a task ends in one event, with its state': oneEnd,
  'numbers of events have no gaps': gapless,
  'a cursor skips no event': followedWhole,
  'every event is delivered': allTold,
  'an event has the same id and bytes each time': sameBytes,
  'every webhook is signed': signed,
  'a wake is framed, and its events are in order': framedWakes,
  'a wake raises the limiter once': limiterRaisedOnce,
  'storage has the files and nothing else': swept,
  'nothing is stuck': ended,
  'no request is refused': noRefusal,
  'no process ends by itself': noDeath,
} as const satisfies Record<string, Invariant>

/** Everything in the history that must not be, by invariant. Pure. */
export function checkHistory(history: History): Violation[] {
  return Object.entries<Invariant>(invariants).flatMap(([invariant, check]) =>
    check(history).map((violation) => ({ invariant, ...violation })),
  )
}
