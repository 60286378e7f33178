import { expect } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '../assertions/eventually.ts'
import type { Origin } from '../origins/origin.ts'
import type { Receiver } from '../receivers/receiver.ts'
import type { Client } from './client.ts'

/** Runs this many tasks from their creation to the acknowledgement of the last webhook. */
export async function tellShortStory(
  { client, origin, receiver }: { client: Client; origin: Origin; receiver: Receiver },
  { session = 'story', tasks = 5 } = {},
): Promise<void> {
  await client.ok('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { url: receiver.url } } })
  const urls = Array.from({ length: tasks }, (_, n) => origin.serve(`/${session}-${n}`, { bytes: 2_000 + n }))
  const created = await client.ok<{ tasks: TaskView[] }>('POST', `/v1/sessions/${session}/tasks/batch`, {
    tasks: urls.map((url) => ({ url })),
  })
  await eventually(
    'everything is delivered',
    async () => {
      const { taskCounts, undeliveredEvents } = await client.ok<{
        taskCounts: Record<string, number>
        undeliveredEvents: number
      }>('GET', `/v1/sessions/${session}`)
      return taskCounts.completed === tasks && undeliveredEvents === 0
    },
    { withinMs: 120_000 },
  )
  const told = receiver.posts.filter(({ event }) => event.type === 'task.completed')
  expect(new Set(told.map(({ event }) => event.data.task!.id))).toEqual(new Set(created.tasks.map(({ id }) => id)))
}
