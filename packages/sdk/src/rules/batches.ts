/** What one request may hold: POST /v1/sessions/{identifier}/tasks/batch. */
const maxTasks = 1000
const maxBytes = 4 * 1024 * 1024
/** `{"tasks":[` and `]}`. */
const frameBytes = 12

/** JSON texts as bodies of batches, each as large as one request may be, and how many are in each. A text that is too large stands alone. */
export async function* batchesOf(
  texts: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<{ body: string; count: number }, void, undefined> {
  let batch: string[] = []
  let bytes = frameBytes
  for await (const text of texts) {
    const more = byteLength(text) + 1
    if (batch.length > 0 && (batch.length === maxTasks || bytes + more > maxBytes)) {
      yield bodyOf(batch)
      batch = []
      bytes = frameBytes
    }
    batch.push(text)
    bytes += more
  }
  if (batch.length > 0) yield bodyOf(batch)
}

function bodyOf(batch: readonly string[]): { body: string; count: number } {
  return { body: `{"tasks":[${batch.join()}]}`, count: batch.length }
}

const encoder = new TextEncoder()
/** A UTF-16 unit has three bytes at most, so a short text need not be encoded to know that it is short enough. */
function byteLength(text: string): number {
  return text.length * 3 < maxBytes / maxTasks ? text.length * 3 : encoder.encode(text).length
}
