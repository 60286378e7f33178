import { groupBy, type Invariant, isAcknowledged } from '../history.ts'

/** It wakes nobody: it goes out with the next wake, if there is one. */
const waitsForOthers = (type: string) => type === 'file.expired'

/** Each event of a session with an endpoint was taken by the receiver; and what counts as delivered really was. */
export const allTold: Invariant = ({ sessions, events, posts, deliveries }) => {
  const told = new Set(sessions.filter(({ isTold }) => isTold).map(({ id }) => id))
  const taken = new Set(posts.filter(isAcknowledged).map(({ webhookId }) => webhookId))
  const missing = events
    .filter(
      ({ id, type, sessionId }) => sessionId !== null && told.has(sessionId) && !taken.has(id) && !waitsForOthers(type),
    )
    .map(({ id, type, sessionId }) => ({ id, what: `${type} of ${sessionId} was never taken by its receiver` }))
  const claimed = deliveries
    .filter(({ eventId, state }) => state === 'succeeded' && !taken.has(eventId))
    .map(({ eventId }) => ({
      id: eventId,
      what: 'its delivery counts as succeeded, and the receiver has not taken it',
    }))
  const known = new Set(events.map(({ id }) => id))
  const invented = posts
    .filter(({ webhookId }) => !known.has(webhookId))
    .map(({ webhookId }) => ({ id: webhookId, what: 'the receiver got it, and the feed does not have it' }))
  return [...missing, ...claimed, ...invented]
}

export const sameBytes: Invariant = ({ posts }) =>
  [...groupBy(posts, ({ webhookId }) => webhookId)].flatMap(([id, same]) => {
    const bodies = new Set(same.map(({ bodySha256 }) => bodySha256))
    const others = same.filter(({ event }) => event.id !== id)
    return [
      ...(bodies.size > 1 ? [{ id, what: `it came with ${bodies.size} different bodies` }] : []),
      ...others.map(({ event }) => ({ id, what: `its body says ${event.id}` })),
    ]
  })

export const signed: Invariant = ({ posts }) =>
  posts.filter(({ isSigned }) => !isSigned).map(({ webhookId }) => ({ id: webhookId, what: 'its signature is wrong' }))
