import type { Duplex } from 'node:stream'
import { createReaderSlot, lost, type Receiving, unasked } from './reader.ts'

/** What the reader may have at once. */
const maxHeldBytes = 256 * 1024

/** Receiving from a stream, whose buffers are Node's own. */
export function receiveFromStream(stream: Duplex): Receiving {
  const slot = createReaderSlot()
  let held = 0
  let isPaused = false
  const settle = () => {
    const shouldRest = isPaused || held >= maxHeldBytes
    if (shouldRest === stream.isPaused()) return
    if (shouldRest) stream.pause()
    else stream.resume()
  }
  stream.on('data', (chunk: Buffer) => {
    const reader = slot.reader()
    if (reader === null) return void stream.destroy(unasked())
    held += chunk.length
    let isOut = true
    reader.bytes(chunk, () => {
      if (!isOut) return
      isOut = false
      held -= chunk.length
      settle()
    })
    settle()
  })
  stream.on('end', () => slot.end(null))
  stream.on('error', slot.end)
  stream.once('close', () => slot.end(lost()))
  return {
    isResting: () => stream.isPaused(),
    setReader: slot.set,
    pause() {
      isPaused = true
      settle()
    },
    resume() {
      isPaused = false
      settle()
    },
  }
}
