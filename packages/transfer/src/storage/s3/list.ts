import { ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { ListedObject, ListedUpload } from '../object-store.ts'

interface Where {
  Bucket: string
  Prefix: string
}

export async function listObjects(
  client: S3Client,
  where: Where,
  after: string | null,
  most: number,
): Promise<{ objects: ListedObject[]; next: string | null }> {
  const page = { ...where, MaxKeys: most, ...(after === null ? {} : { ContinuationToken: after }) }
  const { Contents = [], IsTruncated, NextContinuationToken } = await client.send(new ListObjectsV2Command(page))
  const objects = Contents.map(({ Key, Size, LastModified }) => ({
    key: Key!,
    bytes: Size ?? 0,
    modifiedAt: LastModified ?? new Date(),
  }))
  return { objects, next: IsTruncated ? (NextContinuationToken ?? null) : null }
}

/** `after` holds both markers of S3. */
export async function listUploads(
  client: S3Client,
  where: Where,
  after: string | null,
  most: number,
): Promise<{ uploads: ListedUpload[]; next: string | null }> {
  const [KeyMarker, UploadIdMarker] = after === null ? [] : (JSON.parse(after) as [string, string])
  const page = { ...where, MaxUploads: most, KeyMarker, UploadIdMarker }
  const { Uploads = [], IsTruncated, ...next } = await client.send(new ListMultipartUploadsCommand(page))
  const uploads = Uploads.map(({ Key, UploadId, Initiated }) => ({
    key: Key!,
    uploadId: UploadId!,
    begunAt: Initiated ?? new Date(),
  }))
  const last = uploads.at(-1)
  const markers = last && [next.NextKeyMarker || last.key, next.NextUploadIdMarker || last.uploadId]
  return { uploads, next: IsTruncated && markers ? JSON.stringify(markers) : null }
}
