import type { Duplex } from 'node:stream'
import { createReadAllowance } from './read-allowance.ts'
import { closed, createReaderSlot, type Receiving, unasked } from './reader.ts'

/** The most that the reader may have at once. */
const maxHeldBytes = 256 * 1024

/** The reading side of a stream, whose buffers are Node's own. */
export function receiveFromStream(stream: Duplex): Receiving {
  const slot = createReaderSlot()
  const allowance = createReadAllowance(() => settle())
  let held = 0
  let isPausedByReader = false
  const settle = () => {
    const shouldPause = isPausedByReader || allowance.isHeld() || held >= maxHeldBytes
    if (shouldPause === stream.isPaused()) return
    if (shouldPause) stream.pause()
    else stream.resume()
  }
  stream.on('data', (chunk: Buffer) => {
    const reader = slot.reader()
    if (reader === null) return void stream.destroy(unasked())
    held += chunk.length
    allowance.spend(chunk.length)
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
  stream.once('close', () => {
    allowance.set(null)
    slot.end(closed())
  })
  return {
    isPaused: () => stream.isPaused(),
    setReader: slot.set,
    setPace(pace) {
      allowance.set(pace)
      settle()
    },
    keepPace() {
      allowance.keep()
      settle()
    },
    pause() {
      isPausedByReader = true
      settle()
    },
    resume() {
      isPausedByReader = false
      settle()
    },
  }
}
