import type { BufferPool } from './buffer-pool.ts'
import { createReadAllowance } from './read-allowance.ts'
import { closed, createReaderSlot, type Receiving, unasked } from './reader.ts'
import { createReceiveBuffers, type ReceivedChunk } from './receive-buffers.ts'

/** The part of a socket that receiving controls. */
interface PausableSocket {
  readonly destroyed: boolean
  pause(): unknown
  resume(): unknown
  destroy(error?: Error): unknown
}

/** The reading side of a socket that reads into buffers of ours, with the functions that the socket must call. */
interface BufferedReceiving extends Receiving {
  /** The socket's `onread`: `callback` says whether to read on. */
  readonly onread: { buffer: () => Buffer; callback: (bytes: number) => boolean }
  /** The other side has ended (null), or the socket failed. */
  end(error: Error | null): void
  close(): void
  /** Destroys the socket. The reader gets nothing more of what came. */
  destroy(error?: Error): void
}

/**
 * Delivers what was read into the buffers to the reader, and pauses the socket while no buffer is free. `socket` is a function
 * because a socket is made with its buffers, so it does not exist yet.
 */
export function createBufferedReceiving(
  pool: BufferPool,
  isSecure: boolean,
  socket: () => PausableSocket,
): BufferedReceiving {
  const allowance = createReadAllowance(() => settle())
  const buffers = createReceiveBuffers(pool, isSecure, allowance.isHeld)
  const slot = createReaderSlot(() => !buffers.hasOverflow())
  /** During a callback of `onread`, its result tells the socket whether to read on; nothing else may. */
  let inCallback = false

  const deliver = ({ bytes, buffer }: ReceivedChunk) => {
    let isOut = true
    inCallback = true
    slot.reader()!.bytes(bytes, () => {
      if (!isOut) return
      isOut = false
      buffers.onRelease(buffer)
      settle()
    })
    inCallback = false
  }
  const settle = () => {
    if (inCallback) return
    while (buffers.mayDeliverOverflow()) {
      if (slot.reader() === null) return destroy(unasked())
      deliver(buffers.takeOverflow())
    }
    slot.reportEnd()
    const order = buffers.settle()
    if (order === 'pause') socket().pause()
    else if (order === 'resume') socket().resume()
  }
  const destroy = (error?: Error) => {
    allowance.set(null)
    buffers.dropOverflow()
    socket().destroy(error)
    slot.reportEnd()
  }
  const callback = (bytes: number) => {
    if (slot.reader() === null) {
      destroy(unasked())
      return false
    }
    if (buffers.isPaused() && socket().destroyed) return false
    allowance.spend(bytes)
    const chunk = buffers.onChunk(bytes)
    if (chunk === null) return false
    deliver(chunk)
    return buffers.readsOn()
  }
  const buffer = () => {
    const whole = buffers.readBuffer()
    const most = allowance.most()
    return most < whole.length ? whole.subarray(0, most) : whole
  }
  return {
    onread: { buffer, callback },
    end: slot.end,
    close() {
      allowance.set(null)
      buffers.close()
      slot.end(closed())
      // The pace may have held back what TLS had read: it is paid for, and nothing comes behind it.
      settle()
    },
    destroy,
    isPaused: buffers.isPaused,
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
      buffers.pause()
      settle()
    },
    resume() {
      buffers.resume()
      settle()
    },
  }
}
