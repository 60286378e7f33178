/**
 * Finds where the frames of a zstd body end (RFC 8878 §3.1). Each call takes the next bytes of the body and returns the indexes in them
 * behind which a frame ends, ascending. Bytes that are no frame have no end.
 */
type FrameFinder = (bytes: Uint8Array) => number[]

const magic = 0xfd2fb528
/** Sixteen magic numbers: frames that hold nothing of the content. */
const skippableMagic = 0x184d2a5
const dictionaryIdBytes = [0, 1, 2, 4]
const contentSizeBytes = [0, 2, 4, 8]

type Part = 'magic' | 'skippableSize' | 'descriptor' | 'blockHeader' | 'none'

export function createZstdFrameFinder(): FrameFinder {
  /** The part that is read next, into `head`, once `skip` bytes have passed. */
  let part: Part = 'magic'
  let wanted = 4
  let skip = 0
  let head: number[] = []
  let hasChecksum = false
  /** The frame ends when the bytes to skip have passed. */
  let isLast = false

  const next = (following: Part, bytes: number, skipped: number) => {
    part = following
    wanted = bytes
    skip = skipped
    head = []
  }
  const read = () => {
    const value = head.reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0)
    if (part === 'magic') {
      if (value === magic) next('descriptor', 1, 0)
      else if (Math.floor(value / 16) === skippableMagic) next('skippableSize', 4, 0)
      else next('none', 0, 0)
    } else if (part === 'skippableSize') {
      isLast = true
      next('magic', 4, value)
    } else if (part === 'descriptor') {
      const isSingleSegment = (value & 0x20) !== 0
      hasChecksum = (value & 0x04) !== 0
      const sizeFlag = value >> 6
      const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : contentSizeBytes[sizeFlag]!
      next('blockHeader', 3, (isSingleSegment ? 0 : 1) + dictionaryIdBytes[value & 3]! + sizeBytes)
    } else {
      isLast = (value & 1) === 1
      // A block of one repeated byte has that byte only.
      const bytes = ((value >> 1) & 3) === 1 ? 1 : value >> 3
      if (isLast) next('magic', 4, bytes + (hasChecksum ? 4 : 0))
      else next('blockHeader', 3, bytes)
    }
  }
  return (bytes) => {
    const ends: number[] = []
    let at = 0
    while (part !== 'none') {
      const skipped = Math.min(skip, bytes.length - at)
      at += skipped
      skip -= skipped
      if (skip > 0) break
      if (isLast) {
        isLast = false
        ends.push(at)
      }
      while (head.length < wanted && at < bytes.length) head.push(bytes[at++]!)
      if (head.length < wanted) break
      read()
    }
    return ends
  }
}
