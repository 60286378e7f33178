import { type Backhaul, BackhaulError, type EndedTask, type SavedFile, type Task } from '@backhaul/sdk'
import { CommandError } from '../command-error.ts'
import type { ProgressDisplay } from '../progress-display.ts'
import { describeError, type Failure } from '../rules/describe-error.ts'
import { exitCodes } from '../rules/exit-codes.ts'
import { oneLine } from '../rules/plain-text.ts'
import { endSentence } from '../rules/task-end.ts'
import type { Target } from './target.ts'

export interface FetchPorts {
  client: Backhaul
  progress: ProgressDisplay
  /** Hears of the task now and then until it has ended. */
  seen(task: Task, name: string): void
  signal: AbortSignal
}

/** A link to the service may be away for a minute, as often as it gets further. */
const maxRetries = 10

/**
 * Waits until the task has ended, and saves its file. Throws a CommandError when there is no file, or no place for it, which tells how to go on;
 * what the SDK throws; and the signal's reason.
 */
export async function fetchFile(
  { client, progress, seen, signal }: FetchPorts,
  id: string,
  target: Target,
  overwrite: boolean,
): Promise<{ task: EndedTask; saved: SavedFile }> {
  const task = await client.tasks.wait(id, {
    signal,
    onProgress(now) {
      const name = target.nameOf(now)
      seen(now, name)
      progress.update(id, fetching(now, name))
    },
  })
  const name = target.nameOf(task)
  if (task.state !== 'completed') {
    progress.update(id, { ...fetching(task, name), phase: 'failed' })
    throw new CommandError(endSentence(task), exitCodes.failed)
  }
  const path = target.pathOf(task)
  const { bytes } = task.file
  try {
    const saved = await client.files.save(task, path, {
      overwrite,
      signal,
      maxRetries,
      onProgress: ({ received, total }) => progress.update(id, { name, phase: 'saving', received, total }),
    })
    progress.update(id, { name, phase: 'done', received: bytes, total: bytes })
    return { task, saved }
  } catch (error) {
    progress.update(id, { name, phase: 'failed', received: 0, total: bytes })
    if (error instanceof BackhaulError || signal.aborted) throw error
    const described = describeError(withPath(error as Failure, path), '')
    if (described === null) throw error
    const { sentence, exitCode } = described
    // Where another file is, nothing goes on.
    const option = (error as Failure).code === 'EEXIST' ? '' : target.option
    throw new CommandError(
      `${sentence} The service has the file: \`backhaul get ${id}${option}\` goes on from there.`,
      exitCode,
    )
  }
}

/** What is written by handle names no path. */
function withPath(error: Failure, path: string): Failure {
  return { message: error.message, code: error.code, path: error.path ?? path }
}

function fetching(task: Task, name: string): Parameters<ProgressDisplay['update']>[1] {
  const { countOfBytesReceived, countOfBytesExpectedToReceive, bytesPerSecond } = task.progress
  const [wait] = task.waitingFor
  return {
    name,
    phase: task.state === 'waiting' || task.state === 'suspended' ? 'waiting' : 'fetching',
    received: countOfBytesReceived,
    total: countOfBytesExpectedToReceive,
    bytesPerSecond,
    note: task.state === 'suspended' ? 'suspended' : wait && oneLine(wait.detail),
  }
}
