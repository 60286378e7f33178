import type { ReadOptions } from '../files/read-file.ts'
import type { SavedFile, SaveOptions, TaskWithFile } from '../files/save-file.ts'
import { FilesCalls } from '../generated/calls.ts'
import type { Task } from '../generated/types.ts'
import { path } from '../rules/path.ts'

export class Files extends FilesCalls {
  /**
   * Saves a completed task's file on this machine: resumed when the link breaks and when it is called again, compared with the checksum
   * that the service has, and under its name only when it is whole. Until then it is `<path>.<task id>.part`. When it is there already, nothing
   * is to be done, so the call may be repeated for an event that comes again. Node, Bun and Deno only.
   *
   * @param task The task, also as an event tells of it, or its id.
   * @throws BackhaulError with `file_not_available`, `file_gone`, `file_damaged`; what the file system says (`ENOSPC`, `EEXIST`)
   */
  async save(
    task: (Pick<Task, 'id' | 'file'> & Partial<Pick<Task, 'response'>>) | string,
    path: string,
    options: SaveOptions = {},
  ): Promise<SavedFile> {
    const { saveFile } = await import('../files/save-file.ts')
    const known = typeof task === 'string' || !task.file ? await this.#task(task, options) : task
    return saveFile(this.transport, known as TaskWithFile, path, options)
  }

  /**
   * The bytes of a completed task's file, from `offset` on. A broken link is mended; the bytes are not compared with a checksum.
   *
   * @throws BackhaulError with `file_not_available`, `file_gone`
   */
  async stream(id: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { readFile } = await import('../files/read-file.ts')
    const bytes = readFile(this.transport, id, options)
    // A refusal is thrown here, not while it is read.
    const first = await bytes.next()
    let next: typeof first | undefined = first
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = next ?? (await bytes.next())
        next = undefined
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await bytes.return()
      },
    })
  }

  /** The task with its file; without one, the service says why there is none. */
  async #task(task: Pick<Task, 'id'> | string, options: SaveOptions): Promise<Task> {
    const id = typeof task === 'string' ? task : task.id
    const { signal, timeoutMs, maxRetries } = options
    const current = await this.call<Task>('GET', path`/v1/tasks/${id}`, { signal, timeoutMs, maxRetries })
    if (!current.file) (await this.transport.open(path`/v1/tasks/${id}/file`, { signal, timeoutMs })).deadline.close()
    return current
  }
}
