/** A peer of bench/transfer.ts: what is usually written in Node, `fetch` into lib-storage's `Upload`, with its defaults. */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { BucketAddress } from './bucket.ts'
import { givenInput, reportWork } from './own-child.ts'

export interface UploadInput {
  url: string
  s3: BucketAddress
  key: string
}

const { url, s3, key } = givenInput<UploadInput>()
const { region, endpoint, credentials, bucket } = s3
await reportWork(async () => {
  const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true })
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${response.status}`)
  const Body = Readable.fromWeb(response.body as ReadableStream)
  await new Upload({ client, params: { Bucket: bucket, Key: key, Body } }).done()
  client.destroy()
})
