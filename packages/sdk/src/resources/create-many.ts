import { BackhaulError } from '../errors.ts'
import type { CreatedBatch, GivenTask, Task } from '../generated/types.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../request-options.ts'
import { batchesOf } from '../rules/batches.ts'
import { path } from '../rules/path.ts'

export interface CreateManyOptions extends RequestOptions {
  /** Called after each batch, with how many tasks exist by now. `total` is null unless an array was given. */
  onProgress?: ((progress: { created: number; total: number | null }) => void) | undefined
}

export interface CreatedTasks {
  /** In the order they were given. */
  tasks: Task[]
  /** How the client could work better with the service, each sentence once. */
  advice: string[]
}

/** A batch was refused or did not get through. Those before it stand. */
export class BatchError extends BackhaulError {
  protected static override readonly className = 'BatchError'
  /** What has been created, in the order it was given; the rest begins behind it. */
  readonly created: Task[]
  /** Gives them all when `createMany` is called again with the same tasks: nothing is created twice then. */
  readonly idempotencyKey: string
  constructor(cause: BackhaulError, created: Task[], idempotencyKey: string) {
    const errors = cause.errors.map((fault) => ({ ...fault, pointer: shifted(fault.pointer, created.length) }))
    super({ ...cause.problem, errors }, { cause, retryAfterMs: cause.retryAfterMs })
    this.created = created
    this.idempotencyKey = idempotencyKey
  }
}

/** Every batch has an Idempotency-Key of its own, made of one key and the number of the batch. */
export async function createMany(
  transport: Transport,
  identifier: string,
  given: Iterable<GivenTask> | AsyncIterable<GivenTask>,
  { onProgress, idempotencyKey = crypto.randomUUID(), ...options }: CreateManyOptions,
): Promise<CreatedTasks> {
  const url = path`/v1/sessions/${identifier}/tasks/batch`
  const total = Array.isArray(given) ? given.length : null
  const tasks: Task[] = []
  const advice = new Set<string>()
  let number = 0
  for await (const { body } of batchesOf(textsOf(given))) {
    const request = { ...options, idempotencyKey: `${idempotencyKey}.${number++}` }
    try {
      const batch = await transport.call<CreatedBatch>('POST', url, request, { body, creates: true })
      for (const task of batch.tasks) tasks.push(task)
      for (const sentence of batch.advice) advice.add(sentence)
    } catch (error) {
      throw error instanceof BackhaulError ? new BatchError(error, tasks, idempotencyKey) : error
    }
    onProgress?.({ created: tasks.length, total })
  }
  return { tasks, advice: [...advice] }
}

async function* textsOf(given: Iterable<GivenTask> | AsyncIterable<GivenTask>): AsyncGenerator<string> {
  for await (const task of given) yield JSON.stringify(task)
}

/** `/tasks/3/url` of the second batch is `/tasks/1003/url` of all. */
function shifted(pointer: string, by: number): string {
  return pointer.replace(/^\/tasks\/(\d+)/, (_, index: string) => `/tasks/${Number(index) + by}`)
}
