import { ConnectionError } from '../errors.ts'
import { TasksCalls } from '../generated/calls.ts'
import type { CanceledTask, CompletedTask, FailedTask, GivenTask, Task } from '../generated/types.ts'
import { startDeadline } from '../http/deadline.ts'
import type { RequestOptions } from '../request-options.ts'
import type { CreatedTasks, CreateManyOptions } from './create-many.ts'

export type EndedTask = CompletedTask | FailedTask | CanceledTask

export interface WaitOptions extends Pick<RequestOptions, 'signal' | 'headers'> {
  /** How long to wait in all, in milliseconds. Default: for ever. */
  timeoutMs?: number | undefined
  /** Called with the task as it is, after a second, every 2 s from then on, and at its end. */
  onProgress?: ((task: Task) => void) | undefined
}

/** So long does the service keep a question open. Proxies often end what is silent for 30 or 60 seconds. */
const pollSeconds = 20
const progressSeconds = 2
/** Somebody looks. */
const firstProgressSeconds = 1

export class Tasks extends TasksCalls {
  /**
   * Waits until a task has ended, and returns it: completed, failed or canceled. It bears with a service that is away for some time.
   *
   * @throws ConnectionError with `timeout` when `timeoutMs` are over; the task goes on
   */
  async wait(id: string, options: WaitOptions = {}): Promise<EndedTask> {
    const { timeoutMs = Number.POSITIVE_INFINITY, onProgress, signal, headers } = options
    const deadline = startDeadline(signal, timeoutMs)
    const asked = { headers, signal: deadline.signal, maxRetries: Number.POSITIVE_INFINITY }
    try {
      for (
        let wait = onProgress ? firstProgressSeconds : pollSeconds;
        ;
        wait = onProgress ? progressSeconds : pollSeconds
      ) {
        const task = await this.get(id, { wait }, asked)
        onProgress?.(task)
        if (task.endedAt !== null) return task
      }
    } catch (error) {
      throw deadline.passed() ? waitedInVain(id, timeoutMs) : error
    } finally {
      deadline.close()
    }
  }

  /**
   * Creates any number of tasks, in batches of up to 1,000 that succeed or fail as one, in order. Give an `idempotencyKey` to be able to
   * call it again after a crash: what exists is then not created again.
   *
   * @throws BatchError that holds the tasks which exist already; the pointers of its `errors` count through all tasks
   */
  async createMany(
    identifier: string,
    tasks: Iterable<GivenTask> | AsyncIterable<GivenTask>,
    options: CreateManyOptions = {},
  ): Promise<CreatedTasks> {
    const { createMany } = await import('./create-many.ts')
    return createMany(this.transport, identifier, tasks, options)
  }
}

function waitedInVain(id: string, timeoutMs: number): ConnectionError {
  const detail = `${id} has not ended within ${timeoutMs} ms`
  const fix = 'It goes on. Wait longer, or be woken by a webhook.'
  return new ConnectionError({ code: 'timeout', status: 0, detail, fix })
}
