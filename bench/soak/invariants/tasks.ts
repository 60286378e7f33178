import { endStates, groupBy, type Invariant } from '../history.ts'

/** A creation is sent until there is a response, and makes one task, also when responses were lost. */
export const acceptedOnce: Invariant = ({ creations, tasks }) => {
  const made = groupBy(tasks, ({ creation }) => creation)
  const promised = new Map(creations.map((creation) => [creation.name, creation]))
  const missing = creations
    .filter(({ name, taskId }) => !made.get(name)?.some(({ id }) => id === taskId))
    .map(({ name, taskId }) => ({ id: taskId, what: `the client was told of it (${name}), and it is not there` }))
  const twice = [...made]
    .filter(([, { length }]) => length > 1)
    .map(([name, all]) => ({ id: all.map(({ id }) => id).join(' '), what: `${name} was created ${all.length} times` }))
  const unknown = tasks
    .filter(({ creation }) => !promised.has(creation))
    .map(({ id, creation }) => ({ id, what: `nobody was told of it (${creation})` }))
  return [...missing, ...twice, ...unknown]
}

/** As the row has it in the end, as it was to be expected, and as clients read it on the way. */
export const finalStates: Invariant = ({ creations, tasks, sightings }) => {
  const states = new Map(tasks.map(({ id, state }) => [id, state]))
  const unexpected = creations
    .filter(({ taskId, mayEndAs }) => {
      const state = states.get(taskId)
      return state !== undefined && endStates.has(state) && !mayEndAs.includes(state)
    })
    .map(({ taskId, path, mayEndAs }) => ({
      id: taskId,
      what: `it is ${states.get(taskId)}, and was to be ${mayEndAs.join(' or ')} (${path})`,
    }))
  const left = sightings
    .filter(({ taskId, state }) => endStates.has(state) && states.get(taskId) !== state)
    .map(({ taskId, state }) => ({ id: taskId, what: `it was read as ${state}, and is ${states.get(taskId)}` }))
  const ends = new Map<string, { state: string; at: number }>()
  for (const [at, { taskId, state }] of sightings.entries())
    if (endStates.has(state) && !ends.has(taskId)) ends.set(taskId, { state, at })
  const revived = sightings.flatMap(({ taskId, state, behind }) => {
    const end = ends.get(taskId)
    if (end === undefined || end.at >= behind || end.state === state) return []
    return [{ id: taskId, what: `it was read as ${end.state} first and as ${state} later` }]
  })
  return [...unexpected, ...left, ...revived]
}
