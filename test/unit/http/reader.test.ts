import { describe, expect, it } from 'vitest'
import { createReaderSlot, type Reader } from '#transfer/http/reader.ts'

const listening = () => {
  const ends: (string | null)[] = []
  const reader: Reader = { bytes() {}, end: (error) => void ends.push(error ? error.message : null) }
  return { reader, ends }
}

describe('the reader of a connection', () => {
  it('is told once how the connection has ended, whatever comes behind', () => {
    const slot = createReaderSlot()
    const { reader, ends } = listening()
    slot.set(reader)
    slot.end(null)
    slot.end(new Error('closed'))
    slot.reportEnd()
    expect(ends).toEqual([null])
  })

  it('is told of the end only when it has everything that came before', () => {
    let hasAll = false
    const slot = createReaderSlot(() => hasAll)
    const { reader, ends } = listening()
    slot.set(reader)
    slot.end(new Error('broken'))
    slot.reportEnd()
    expect(ends).toEqual([])
    hasAll = true
    slot.reportEnd()
    slot.reportEnd()
    expect(ends).toEqual(['broken'])
  })

  it('is told of the end at once when it comes later, and so is every other', () => {
    const slot = createReaderSlot()
    slot.end(null)
    const [first, second] = [listening(), listening()]
    slot.set(first.reader)
    slot.set(null)
    slot.set(second.reader)
    expect([first.ends, second.ends]).toEqual([[null], [null]])
  })
})
