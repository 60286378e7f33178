/** A bucket for the benches on the S3 server, and its content. */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Address } from '#support/servers/s3-address.ts'
import type { S3Config } from '#transfer/storage/s3/config.ts'
import { digestOf } from './test-files.ts'

export interface BucketAddress extends S3Address {
  bucket: string
}
export interface Bucket {
  /** The name of the server, for the report. */
  server: string
  address: BucketAddress
  /** The configuration for the service's object store. */
  config: S3Config
  /** The environment for the service's processes. */
  env: Record<string, string>
  /** The objects in the bucket. */
  digest(key: string): Promise<{ bytes: number; sha256: string }>
  empty(): Promise<void>
  close(): void
}

export async function openBucket(server: S3Address): Promise<Bucket> {
  const { endpoint, region, credentials } = server
  const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true })
  const Bucket = server.bucket ?? `bench-${process.pid}`
  if (server.bucket === null) await client.send(new CreateBucketCommand({ Bucket }))
  return {
    server: await serverName(endpoint),
    address: { ...server, bucket: Bucket },
    config: { region, endpoint, publicEndpoint: endpoint, credentials, forcePathStyle: true, bucket: Bucket },
    env: {
      S3_BUCKET: Bucket,
      S3_REGION: region,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      S3_FORCE_PATH_STYLE: 'true',
    },
    async digest(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
      return await digestOf(Body as unknown as AsyncIterable<Uint8Array>)
    },
    async empty() {
      for (;;) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
        if (Contents.length === 0) return
        const Objects = Contents.map(({ Key }) => ({ Key: Key! }))
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      }
    },
    close: () => client.destroy(),
  }
}

async function serverName(endpoint: string): Promise<string> {
  const { headers } = await fetch(endpoint)
  // Ceph does not send a Server field, but its request ids have a form of their own.
  const isCeph = headers.get('x-amz-request-id')?.startsWith('tx0') === true
  return isCeph ? "Ceph's S3 gateway" : (headers.get('server') ?? 'an S3 server')
}
