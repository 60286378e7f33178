/** Spans that wait to be sent together, as the bytes of a request. */
export interface Batch {
  body: Buffer
  spans: number
}

export interface SpanBatches {
  /** False: as many as may wait do so already. */
  add(span: string): boolean
  /** How many spans wait. */
  waiting(): number
  /** The oldest batch that is full; with `part`, else one that is not. Null: there is none. */
  take(part: boolean): Batch | null
}

/** The defaults of OpenTelemetry's batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BSP_MAX_QUEUE_SIZE). */
export const batchSize = 512
export const mostWaiting = 2_048
/** Of an average span; a buffer that is too small is doubled. */
const bytesOfSpan = 600
/** UTF-8 has no more bytes for a character of JavaScript's. */
const mostBytes = 3

/**
 * Bodies with spans between `before` and `after`, with commas. Each span is written into its body at once: thousands of short texts
 * that live until they are sent, and are then joined, cost twice as much.
 */
export function createSpanBatches({ before, after }: { before: string; after: string }): SpanBatches {
  const full: Batch[] = []
  let bytes = Buffer.alloc(0)
  let [used, spans] = [0, 0]

  function write(text: string): void {
    const needed = used + text.length * mostBytes
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, bytes.length * 2))
      bytes.copy(larger, 0, 0, used)
      bytes = larger
    }
    used += bytes.write(text, used)
  }

  function seal(): Batch {
    write(after)
    const batch = { body: bytes.subarray(0, used), spans }
    bytes = Buffer.alloc(0)
    used = 0
    spans = 0
    return batch
  }

  return {
    add(span) {
      if (full.length * batchSize + spans >= mostWaiting) return false
      if (spans === 0) {
        bytes = Buffer.allocUnsafe(batchSize * bytesOfSpan)
        write(before)
      } else write(',')
      write(span)
      spans += 1
      if (spans === batchSize) full.push(seal())
      return true
    },
    waiting: () => full.length * batchSize + spans,
    take: (part) => full.shift() ?? (part && spans > 0 ? seal() : null),
  }
}
