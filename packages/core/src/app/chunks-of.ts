import type { Chunk } from './part-assembly.ts'
import type { SourceResponse } from './ports.ts'

/** A body as something to iterate. Throws what reading throws; leaving it half-way drops the connection. */
export async function* chunksOf(response: Pick<SourceResponse, 'read' | 'discard'>): AsyncGenerator<Chunk> {
  const arrived: Chunk[] = []
  let isOver = false
  let failure: { error: unknown } | null = null
  let wake = () => {}
  response
    .read((bytes, release) => {
      arrived.push({ bytes, release })
      wake()
    })
    .catch((error: unknown) => {
      failure = { error }
    })
    .finally(() => {
      isOver = true
      wake()
    })
  try {
    for (;;) {
      const next = arrived.shift()
      if (next) yield next
      else if (failure) throw (failure as { error: unknown }).error
      else if (isOver) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    if (!isOver) response.discard()
    for (const { release } of arrived) release()
  }
}
