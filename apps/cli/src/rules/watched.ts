import type { StreamedEvent, Task, TaskCounts } from '@backhaul/sdk'
import { localName } from './local-name.ts'
import { oneLine } from './plain-text.ts'
import type { Transfer } from './progress.ts'
import { bytesText } from './quantities.ts'
import { sizeText } from './task-table.ts'

/** What `watch` knows: how many tasks there are in which state, and which run. */
export interface Watched {
  counts: TaskCounts
  running: ReadonlyMap<string, Transfer>
}

export function runningTask(task: Task): Transfer {
  const { countOfBytesReceived, countOfBytesExpectedToReceive, bytesPerSecond } = task.progress
  return {
    name: localName(task.response?.suggestedFilename, task.originalRequest.url),
    phase: 'fetching',
    received: countOfBytesReceived,
    total: countOfBytesExpectedToReceive,
    bytesPerSecond,
  }
}

/** Behind a message of the stream. Counts are read anew now and then; in between, what runs is what is heard of. */
export function withMessage(watched: Watched, message: StreamedEvent): Watched {
  const running = new Map(watched.running)
  if (message.type === 'task.progress') {
    const { taskId, progress } = message.data
    running.set(taskId, {
      name: running.get(taskId)?.name ?? taskId,
      phase: 'fetching',
      received: progress.countOfBytesReceived,
      total: progress.countOfBytesExpectedToReceive,
      bytesPerSecond: progress.bytesPerSecond,
    })
  } else if (message.type === 'task.state') {
    const { taskId, state } = message.data
    if (state !== 'running') running.delete(taskId)
    else if (!running.has(taskId))
      running.set(taskId, { name: taskId, phase: 'fetching', received: 0, total: null, bytesPerSecond: null })
  } else if (message.type === 'task.completed') running.delete(message.data.data.task.id)
  else return watched
  return { ...watched, running }
}

/** Totals, by bytes and by state. */
export function watchTitle({ counts, running }: Watched): string {
  const all = [...running.values()]
  const received = all.reduce((sum, one) => sum + one.received, 0)
  const known = all.every(({ total }) => total !== null)
  const total = all.reduce((sum, one) => sum + (one.total ?? 0), 0)
  const rate = all.reduce((sum, { bytesPerSecond }) => sum + (bytesPerSecond ?? 0), 0)
  const states = (['waiting', 'suspended', 'completed', 'failed', 'canceled'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state].toLocaleString('en-US')} ${state}`)
  return [
    all.length === 0
      ? 'nothing runs'
      : `${known ? `${bytesText(received)} of ${bytesText(total)}` : bytesText(received)} · ${bytesText(rate)}/s · ${all.length} running`,
    ...states,
  ].join(' · ')
}

/** The line of a task that has ended. */
export function endedLine(task: Task): string {
  const { id, state, originalRequest, error } = task
  const what = state === 'failed' && error ? `${error.name}: ${error.detail}` : sizeText(task)
  return [id, state.padEnd(9), oneLine(what), oneLine(originalRequest.url)].join('  ')
}
