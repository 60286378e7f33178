import type { SourceResponse } from '../source/source.ts'
import type { Chunk } from './part-assembler.ts'

/**
 * Makes a body iterable. Throws what reading throws. Leaving the loop early closes the connection and releases the chunks that
 * the caller has not released.
 */
export async function* chunksOf(response: Pick<SourceResponse, 'read' | 'discard'>): AsyncGenerator<Chunk> {
  const arrived: Chunk[] = []
  let borrowed: Chunk | null = null
  let isOver = false
  let isLeft = false
  let failure: { error: unknown } | null = null
  let wake = () => {}
  response
    .read((bytes, release) => {
      if (isLeft) return release()
      arrived.push(releasedOnce(bytes, release))
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
      if (next) {
        borrowed = next
        yield next
        borrowed = null
      } else if (failure) throw (failure as { error: unknown }).error
      else if (isOver) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    isLeft = true
    if (!isOver) response.discard()
    borrowed?.release()
    for (const { release } of arrived) release()
  }
}

function releasedOnce(bytes: Uint8Array, release: () => void): Chunk {
  let isOut = true
  return {
    bytes,
    release() {
      if (isOut) release()
      isOut = false
    },
  }
}
