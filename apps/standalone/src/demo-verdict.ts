import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { WebhookEvent } from '@backhaul/webhooks'
import { type DemoTask, resumedFrom } from './demo-client.ts'
import type { DemoFile } from './demo-files.ts'
import { byteNumber } from './demo-words.ts'

interface TaskVerdict {
  ok: boolean
  words: string
}

/** Checks a task's end against the file that the origin serves and the bytes that the service returned. */
export function judgeTask(file: DemoFile, task: DemoTask, content: Buffer | null, fetched: Buffer | null): TaskVerdict {
  if (content === null) {
    const right = task.state === 'failed' && task.error?.name === 'fileDoesNotExist' && task.file === null
    const name = task.error?.name ?? 'no error'
    return { ok: right, words: right ? `failed as it should: ${name}` : `${task.state}, ${name}` }
  }
  if (task.state !== 'completed') return wrong(`${task.state}: ${task.error?.detail ?? 'no error'}`)
  if (fetched === null || !fetched.equals(content)) return wrong('the file differs from the original')
  const { checksums, bytes } = task.file ?? {}
  if (bytes !== content.length) return wrong(`reported as ${bytes} bytes`)
  if (checksums?.crc32 !== crc32Base64(content)) return wrong('the reported CRC-32 is another one')
  if (file.expectSha256 && checksums.sha256 !== sha256Hex(content)) return wrong('the reported SHA-256 is another one')
  const from = resumedFrom(task)
  if (file.cutAfterBytes !== undefined && from === null) return wrong('fetched again from the start, not resumed')
  if (file.moved && task.metrics.redirectCount !== 1) return wrong(`redirected ${task.metrics.redirectCount} times`)
  const remarks = [
    ...(from === null ? [] : [`resumed from ${byteNumber(from)}`]),
    ...(file.moved ? ['redirected once'] : []),
    ...(file.noLength ? ['length not announced'] : []),
    ...(file.expectSha256 ? ['SHA-256 as expected'] : []),
  ]
  return { ok: true, words: ['identical', ...remarks].join(', ') }
}

/** Checks that there was one wake, opened first and finished last, with the final event of every task in between. */
export function judgeWake(events: readonly WebhookEvent[], tasks: readonly DemoTask[]): string[] {
  const completed = new Set(events.flatMap((event) => (event.type === 'task.completed' ? [event.data.task.id] : [])))
  return [
    ...(events[0]?.type === 'session.wake' ? [] : ['the first event was not session.wake']),
    ...(events.filter(({ type }) => type === 'session.wake').length === 1 ? [] : ['there was more than one wake']),
    ...tasks.filter(({ id }) => !completed.has(id)).map((task) => `no task.completed for ${task.taskDescription}`),
  ]
}

export function sha256Hex(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** The CRC-32 in S3's format: base64 of the four big-endian bytes. */
function crc32Base64(content: Buffer): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(content))
  return bytes.toString('base64')
}

function wrong(words: string): TaskVerdict {
  return { ok: false, words }
}
