import { passingErrorCode } from './rules/status-failure.ts'
import type { SourceResponse } from './source.ts'

/** An error of S3 has some hundred bytes. */
const maxErrorBytes = 4 * 1024
const maxErrorMs = 2_000

/**
 * The error code in the XML body of a response that says that the error passes with time; null: there is none, or it did not come
 * in time. The response is discarded.
 */
export async function readPassingError(response: SourceResponse): Promise<string | null> {
  if (!/^(?:application|text)\/xml\b/i.test(response.headers['content-type'] ?? '')) return null
  return passingErrorCode(await readBeginning(response))
}

/** The first bytes of the body, one character a byte. Never throws: a body that breaks off ends there. */
async function readBeginning(response: SourceResponse): Promise<string> {
  let text = ''
  const timer = setTimeout(() => response.discard(), maxErrorMs)
  const take = (bytes: Uint8Array, release: () => void) => {
    if (text.length < maxErrorBytes)
      text += Buffer.from(bytes.subarray(0, maxErrorBytes - text.length)).toString('latin1')
    release()
    if (text.length >= maxErrorBytes) response.discard()
  }
  await response.read(take).catch(() => {})
  clearTimeout(timer)
  return text
}
