import { S3ServiceException } from '@aws-sdk/client-s3'
import { TransferError } from '../../http/rules/transfer-error.ts'
import { StorageUnavailable, UploadGone } from '../object-store.ts'

/**
 * Runs calls to S3 and maps their errors to the port's. The SDK has already retried them where that helps, and has turned a 200
 * with an error inside into an error. Messages carry S3's error code only: no key, no address.
 */
export async function onS3<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (error instanceof UploadGone || error instanceof StorageUnavailable || error instanceof RangeError) throw error
    const code = storageCode(error)
    // InvalidPart: a recorded part is not in storage, so the upload is of no use any more.
    if (code === 'NoSuchUpload' || code === 'InvalidPart') throw new UploadGone(`S3 answered ${code}`, { cause: error })
    throw new StorageUnavailable(`S3 failed: ${code}`, { cause: error })
  }
}

/** A 404 with one of these codes. The response to HEAD has no body to name one: there the SDK says NotFound. */
export function isAbsent(error: unknown, codes: readonly string[] = ['NotFound']): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404 && codes.includes(error.name)
}

export function isServerFailure(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 0) >= 500
}

/** The checksum of the whole object does not fit its parts. */
export function isBadDigest(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'BadDigest'
}

/** The target of a conditional write exists (412), or another one is being written (409). */
export function isTaken(error: unknown): boolean {
  return error instanceof S3ServiceException && [409, 412].includes(error.$metadata.httpStatusCode ?? 0)
}

/** S3's error code, a system error's code (`ECONNREFUSED`), the failure of a transfer, or the error's class. */
export function storageCode(error: unknown): string {
  if (error instanceof TransferError) return error.failure
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** The receipt of a part: its ETag without the quotes, which not every server sends. */
export function receiptOf(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '')
}
