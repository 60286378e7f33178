import { WebhookVerificationError } from './verification-error.ts'

/** The largest request body that is accepted. Bytes. No event comes near it. */
export const maximumBodyBytes = 1024 * 1024

/** Joins all chunks. Throws `body_too_large` as soon as that is certain, and reads no further. */
export async function collectBody(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const collected: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > maximumBodyBytes) throw new WebhookVerificationError('body_too_large')
    collected.push(chunk)
  }
  const body = new Uint8Array(length)
  let offset = 0
  for (const chunk of collected) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}
