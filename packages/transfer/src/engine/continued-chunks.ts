import { chunksOf } from '../bytes/body-chunks.ts'
import type { Chunk } from '../bytes/part-assembler.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import type { DownloadContext } from './download-context.ts'
import { createReconnector } from './reconnect.ts'

/**
 * The bytes of a file in order. When a connection breaks they go on with the byte that is missing, as long as a validator identifies
 * the version and connections bring bytes. Throws what reading throws.
 */
export async function* continuedChunks(context: DownloadContext): AsyncGenerator<Chunk> {
  const { opened, signal } = context
  const { validator } = opened
  const reconnector = createReconnector(context, signal)
  let { response, from: at, total } = opened
  for (;;) {
    const from = at
    try {
      for await (const chunk of chunksOf(response)) {
        at += chunk.bytes.byteLength
        if (total !== null && at > total)
          throw new TransferError('cannotParseResponse', `the origin sent more than the ${total} bytes of the file`)
        yield chunk
      }
      if (total === null || at === total) return
      throw new TransferError('networkConnectionLost', `the body ended after ${at} of ${total} bytes`)
    } catch (error) {
      if (validator === null || at === total) throw error
      ;({ response, total } = await reconnector.after(error, at - from, () => ({ from: at, total, validator })))
    }
  }
}
