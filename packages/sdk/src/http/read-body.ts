import type { Deadline } from './deadline.ts'

/** The chunks of a body. Only the time spent waiting for one counts, not that of a slow reader. Closes the deadline. */
export async function* readBody(
  body: ReadableStream<Uint8Array>,
  deadline: Deadline,
  silenceMs?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Not every browser can iterate over a stream.
  const reader = body.getReader()
  try {
    for (;;) {
      deadline.extend(silenceMs)
      const { done, value } = await reader.read()
      deadline.lift()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
    deadline.close()
  }
}
