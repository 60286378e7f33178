import { expect } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import type { Client } from '../client/client.ts'
import type { Receiver } from '../receivers/receiver.ts'

/** The task ids of all completion events in the tenant's feed, with repeats, sorted. */
export async function reportedCompletions(client: Client): Promise<string[]> {
  const told: string[] = []
  for (let after = ''; ; ) {
    const page = await client.ok<{ data: { type: string; data: { task?: TaskView } }[]; nextCursor: string }>(
      'GET',
      `/v1/events?limit=200${after && `&after=${after}`}`,
    )
    if (page.data.length === 0) return told.toSorted()
    for (const { type, data } of page.data) if (type === 'task.completed') told.push(data.task!.id)
    after = page.nextCursor
  }
}

/** Every end is posted under one id, however often: a repeated webhook is the same one, with equal bytes. */
export function expectPostedOnce(receiver: Receiver, ids: readonly string[]): void {
  const bodies = new Map<string, string>()
  const posted = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]))
  for (const { headers, body, event } of receiver.posts) {
    const id = headers['webhook-id']!
    expect(body).toBe(bodies.get(id) ?? body)
    bodies.set(id, body)
    if (event.type === 'task.completed') posted.get(event.data.task!.id)?.add(id)
  }
  for (const [id, posts] of posted) expect([id, posts.size]).toEqual([id, 1])
}
