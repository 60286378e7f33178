/** Cuts a stream into parts. `partBytes(n)` is the size of part n; the last one is what is left, empty only when the stream is. */
export async function* inParts(
  chunks: AsyncIterable<Uint8Array>,
  firstNumber: number,
  partBytes: (number: number) => number,
): AsyncGenerator<{ number: number; body: Uint8Array; last: boolean }> {
  let number = firstNumber
  let held: Uint8Array[] = []
  let heldBytes = 0
  let full: Uint8Array | null = null
  for await (let chunk of chunks) {
    while (chunk.byteLength > 0) {
      // A full part goes out only when more follows: only then is it known not to be the last.
      if (full) {
        yield { number: number++, body: full, last: false }
        full = null
      }
      const room = partBytes(number) - heldBytes
      const taken = chunk.subarray(0, room)
      held.push(taken)
      heldBytes += taken.byteLength
      chunk = chunk.subarray(taken.byteLength)
      if (heldBytes === partBytes(number)) {
        full = Buffer.concat(held, heldBytes)
        held = []
        heldBytes = 0
      }
    }
  }
  yield { number, body: full ?? Buffer.concat(held, heldBytes), last: true }
}
