import type { Task } from '@backhaul/sdk'
import { oneLine } from './plain-text.ts'
import { bytesText, momentText } from './quantities.ts'
import type { Column } from './table.ts'

/** The columns of a list of tasks. */
export function taskColumns(nowMs: number): Column<Task>[] {
  return [
    { title: 'TASK', of: ({ id }) => id },
    { title: 'STATE', of: ({ state }) => state, cuttable: true },
    { title: 'SIZE', of: sizeText, right: true, spare: 3 },
    { title: 'CREATED', of: ({ createdAt }) => momentText(createdAt, nowMs), spare: 4 },
    { title: 'SESSION', of: ({ sessionIdentifier }) => sessionIdentifier, spare: 2, cuttable: true },
    { title: 'URL', of: ({ originalRequest }) => originalRequest.url, spare: 1, cuttable: true },
  ]
}

/** What there is of its file: `40 MiB`, `12 MiB of 40 MiB`. */
export function sizeText({ file, progress }: Task): string {
  if (file !== null) return bytesText(file.bytes)
  const { countOfBytesReceived: received, countOfBytesExpectedToReceive: expected } = progress
  if (expected === null) return received > 0 ? bytesText(received) : '-'
  return received > 0 ? `${bytesText(received)} of ${bytesText(expected)}` : bytesText(expected)
}

/** Everything that matters of one task, as names and values. */
export function taskFacts(task: Task, nowMs: number): [name: string, value: string][] {
  const { originalRequest, currentRequest, response, file, error } = task
  const moment = (time: string | null) => time && `${time} (${momentText(time, nowMs)})`
  const facts: [string, string | null | undefined | false][] = [
    ['task', task.id],
    ['state', task.state],
    ['session', task.sessionIdentifier],
    ['url', originalRequest.url],
    ['redirected to', currentRequest.url !== originalRequest.url && currentRequest.url],
    ['description', task.taskDescription],
    ['size', sizeText(task)],
    ['media type', response?.mimeType],
    ['waits for', task.waitingFor.map(({ reason }) => reason).join(', ')],
    ['planned start', task.state === 'waiting' && moment(task.plannedStart)],
    ['attempts', String(task.attempts)],
    ['error', error && `${error.name}: ${error.detail}`],
    ['file', file && `${file.state}, ${file.key}`],
    ['sha256', file?.checksums.sha256],
    ['crc32', file?.checksums.crc32],
    ['file until', file && moment(file.leaseExpiresAt)],
    ...task.warnings.map(({ code, detail }): [string, string] => ['warning', `${detail} (${code})`]),
    ['created', moment(task.createdAt)],
    ['began', moment(task.beganAt)],
    ['ended', moment(task.endedAt)],
    ['deadline', task.endedAt === null && moment(task.deadline)],
  ]
  return facts.flatMap(([name, value]) => (value ? [[name, oneLine(value)] as [string, string]] : []))
}

/** Names and values below each other. */
export function factLines(facts: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}
