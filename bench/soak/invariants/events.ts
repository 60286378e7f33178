import { type EventRecord, endStates, groupBy, type Invariant } from '../history.ts'

/** `task.completed` once for each ended task, with its state; `task.finished_downloading` once before it if there is a file. */
export const oneEnd: Invariant = ({ tasks, events }) => {
  const told = groupBy(events, ({ taskId }) => taskId)
  return tasks.flatMap(({ id, state }) => {
    const own = told.get(id) ?? []
    const ends = own.filter(({ type }) => type === 'task.completed')
    const downloads = own.filter(({ type }) => type === 'task.finished_downloading')
    const expected = endStates.has(state) ? 1 : 0
    if (ends.length !== expected) return [{ id, what: `it is ${state} and has ${ends.length} terminal events` }]
    if (ends.some((end) => end.state !== state))
      return [{ id, what: `it is ${state}, and its event says ${ends[0]!.state}` }]
    const files = state === 'completed' ? 1 : 0
    if (downloads.length !== files) return [{ id, what: `it is ${state} and has ${downloads.length} events of a file` }]
    if (files === 1 && downloads[0]!.tenantSequence >= ends[0]!.tenantSequence)
      return [{ id, what: 'its file was told of behind its end' }]
    return []
  })
}

/** From 1 on, each number once: in every session, and in every tenant's feed. */
export const gapless: Invariant = ({ events }) => {
  const inSessions = groupBy(
    events.filter(({ sessionId }) => sessionId !== null),
    ({ sessionId }) => sessionId!,
  )
  const inFeeds = groupBy(events, ({ tenantId }) => tenantId)
  const gapsOf = (groups: Map<string, EventRecord[]>, numberOf: (event: EventRecord) => number | null) =>
    [...groups].flatMap(([id, group]) => {
      const numbers = group.map((event) => numberOf(event) ?? NaN)
      const wrong = numbers.findIndex((number, index) => number !== index + 1)
      return wrong < 0 ? [] : [{ id, what: `its event number ${wrong + 1} has the number ${numbers[wrong]}` }]
    })
  return [...gapsOf(inSessions, ({ sequence }) => sequence), ...gapsOf(inFeeds, ({ tenantSequence }) => tenantSequence)]
}

/** Whoever followed the feed while it grew has read what it holds in the end, in that order. */
export const followedWhole: Invariant = ({ events, followed }) => {
  const feeds = groupBy(events, ({ tenantId }) => tenantId)
  return [...followed].flatMap(([tenantId, ids]) => {
    const feed = (feeds.get(tenantId) ?? []).map(({ id }) => id)
    const wrong = Array.from({ length: Math.max(feed.length, ids.length) }, (_, n) => n).find((n) => feed[n] !== ids[n])
    if (wrong === undefined) return []
    return [{ id: tenantId, what: `event ${wrong + 1} of the feed is ${feed[wrong]}, and ${ids[wrong]} was read` }]
  })
}
