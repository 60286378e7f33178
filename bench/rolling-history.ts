/** What must be true after a rolling restart, from what the clients, the receiver and the service say. */
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import type { Receiver } from '#support/receivers/receiver.ts'
import type { Insistent } from './rolling-clients.ts'

interface FeedEvent {
  id: string
  type: string
  data: { task?: { id: string } }
}

export async function readFeed(client: Insistent): Promise<FeedEvent[]> {
  const events: FeedEvent[] = []
  for (let after = ''; ; ) {
    const path = `/v1/events?limit=200${after && `&after=${after}`}`
    const page = await client.ask<{ data: FeedEvent[]; nextCursor: string }>('GET', path)
    if (page.data.length === 0) return events
    events.push(...page.data)
    after = page.nextCursor
  }
}

export async function readTasks(client: Insistent, session: string): Promise<TaskView[]> {
  const tasks: TaskView[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/v1/sessions/${session}/tasks?limit=200${cursor && `&cursor=${cursor}`}`
    const page: { data: TaskView[]; nextCursor: string | null } = await client.ask('GET', path)
    tasks.push(...page.data)
    cursor = page.nextCursor
  }
  return tasks
}

/** One sentence for each thing that is not as it must be; of many alike, the first ten. */
export function brokenInvariants(history: {
  /** By Idempotency-Key: the id that its response told. */
  created: ReadonlyMap<string, string>
  tasks: readonly TaskView[]
  feed: readonly FeedEvent[]
  streamed: readonly string[]
  receiver: Receiver
}): string[] {
  const { created, tasks, feed, streamed, receiver } = history
  const broken: string[] = []
  const ids = new Set(tasks.map(({ id }) => id))
  const told = new Set(created.values())
  if (ids.size !== created.size) broken.push(`${created.size} keys made ${ids.size} tasks`)
  for (const [key, id] of created) if (!ids.has(id)) broken.push(`${id} of key ${key} is lost`)
  for (const { id } of tasks) if (!told.has(id)) broken.push(`${id} exists and no response told of it`)
  for (const { id, state, attempts, error } of tasks)
    if (state !== 'completed' || attempts !== 1)
      broken.push(`${id} is ${state} after ${attempts} attempts ${JSON.stringify(error)}`)

  const ends = feed.filter(({ type }) => type === 'task.completed').map(({ data }) => data.task!.id)
  if (new Set(ends).size !== ends.length) broken.push('an end is in the feed twice')
  for (const id of ids) if (!ends.includes(id)) broken.push(`the end of ${id} is not in the feed`)
  const feedIds = feed.map(({ id }) => id)
  const place = feedIds.findIndex((id, n) => streamed[n] !== id)
  if (place !== -1 || streamed.length !== feedIds.length)
    broken.push(`the stream had ${streamed.length} of ${feedIds.length} events; they differ from number ${place}`)

  const bodies = new Map<string, string>()
  const posted = new Map<string, Set<string>>()
  for (const { headers, body, event } of receiver.posts) {
    const id = headers['webhook-id']!
    if ((bodies.get(id) ?? body) !== body) broken.push(`webhook ${id} was sent with two bodies`)
    bodies.set(id, body)
    if (event.type !== 'task.completed') continue
    const task = event.data.task!.id
    posted.set(task, (posted.get(task) ?? new Set()).add(id))
  }
  for (const id of ids)
    if (posted.get(id)?.size !== 1) broken.push(`the end of ${id} was posted under ${posted.get(id)?.size ?? 0} ids`)
  return broken.length > 10 ? [...broken.slice(0, 10), `and ${broken.length - 10} more`] : broken
}
