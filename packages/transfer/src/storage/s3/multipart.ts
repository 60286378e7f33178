import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type StoredPart, UploadGone } from '../object-store.ts'
import { isAbsent, onS3, receiptOf } from './errors.ts'

/** The loop is our own because the SDK's paginator continues while there is a marker, and Ceph sends one with the last page too. */
export async function listParts(client: S3Client, upload: { Bucket: string; Key: string; UploadId: string }) {
  const parts: StoredPart[] = []
  try {
    for (let marker = {}; ; ) {
      const page = await client.send(new ListPartsCommand({ ...upload, ...marker }))
      for (const { PartNumber, Size, ETag } of page.Parts ?? [])
        parts.push({ number: PartNumber!, bytes: Size!, receipt: receiptOf(ETag) })
      if (!page.IsTruncated || !page.NextPartNumberMarker) return parts
      marker = { PartNumberMarker: page.NextPartNumberMarker }
    }
  } catch (error) {
    // 404 NoSuchUpload; Ceph says NoSuchKey.
    if (isAbsent(error, ['NoSuchUpload', 'NoSuchKey'])) return null
    throw error
  }
}

/**
 * Aborts every upload at a key but `except`. The key is its own prefix and sorts before all longer ones, so that one page has its
 * uploads (and MinIO lists uploads only where the prefix is the whole key).
 */
export async function abortUploads(
  client: S3Client,
  { Bucket, Key }: { Bucket: string; Key: string },
  except?: string,
) {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
  for (const { Key: found, UploadId } of Uploads) {
    if (found !== Key || UploadId === except) continue
    await onS3(() => client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))).catch(ifGone(undefined))
  }
}

export const ifGone =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof UploadGone) return value
    throw error
  }
