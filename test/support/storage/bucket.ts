import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Config } from '#transfer/storage/s3/config.ts'

/** The actual content of a bucket. */
export interface Bucket {
  /** By key, sorted; another write of the same bytes is another time. */
  objects(): Promise<{ key: string; etag: string; writtenAt: string }[]>
  /** Multipart uploads that are neither completed nor aborted. */
  uploads(): Promise<{ key: string; uploadId: string }[]>
  /** Begins an upload of which no row knows; returns its id. */
  begin(key: string): Promise<string>
  abort(upload: { key: string; uploadId: string }): Promise<void>
  sha256(key: string): Promise<string>
  close(): void
}

export function openBucket({ bucket, region, endpoint, credentials, forcePathStyle }: S3Config): Bucket {
  const client = new S3Client({ region, endpoint: endpoint!, credentials: credentials!, forcePathStyle })
  const Bucket = bucket
  return {
    async objects() {
      const found: Awaited<ReturnType<Bucket['objects']>> = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
        for (const { Key, ETag, LastModified } of Contents)
          found.push({ key: Key!, etag: ETag!, writtenAt: LastModified!.toISOString() })
      return found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
    },
    async uploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
      return Uploads.map(({ Key, UploadId }) => ({ key: Key!, uploadId: UploadId! }))
    },
    begin: async (Key) => (await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!,
    async abort({ key, uploadId }) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId }))
    },
    async sha256(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
      const hash = createHash('sha256')
      for await (const chunk of Body as AsyncIterable<Uint8Array>) hash.update(chunk)
      return hash.digest('hex')
    },
    close: () => client.destroy(),
  }
}
