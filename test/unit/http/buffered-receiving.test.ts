import { expect, it } from 'vitest'
import { createBufferPool } from '#transfer/http/buffer-pool.ts'
import { createBufferedReceiving } from '#transfer/http/buffered-receiving.ts'
import { createPace } from '#transfer/http/pace.ts'
import { createSharedRate } from '#transfer/http/shared-rate.ts'

/** As TLS does it: the record is in the buffer that was asked for last. Returns whether it is to read on. */
const arriving = (receiving: ReturnType<typeof createBufferedReceiving>) => {
  let buffer = receiving.onread.buffer()
  return (text: string) => {
    buffer.write(text, 'latin1')
    const readsOn = receiving.onread.callback(text.length)
    buffer = receiving.onread.buffer()
    return readsOn
  }
}

it('a connection that ends while its pace holds back what TLS has read delivers it, and then its end', () => {
  const socket = { destroyed: false, pause() {}, resume() {}, destroy() {} }
  const receiving = createBufferedReceiving(createBufferPool(), true, () => socket)
  const events: string[] = []
  receiving.setReader({
    bytes(chunk, release) {
      events.push(chunk.toString('latin1'))
      release()
    },
    end: (error) => events.push(error === null ? 'end' : 'broken'),
  })
  const arrive = arriving(receiving)
  receiving.setPace(createPace([createSharedRate(0)]))
  arrive('the head')
  receiving.keepPace()
  expect(receiving.isPaused()).toBe(true)
  // TLS hands over the other records that it had read from the wire.
  expect([arrive('the rest'), arrive('the last')]).toEqual([false, false])
  expect(events).toEqual(['the head'])
  receiving.end(null)
  socket.destroyed = true
  receiving.close()
  expect(events).toEqual(['the head', 'the rest', 'the last', 'end'])
})
