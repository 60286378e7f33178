import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import type { S3Config } from '#transfer/storage/s3/config.ts'
import type { S3Address } from './s3-address.ts'

/** With `BACKHAUL_TEST_EMBEDDED_ONLY=1` there are no servers, and what needs one is skipped. */
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

/** The run's Redis, shared by all test files: use keys of your own. Null when servers are left out. */
export async function testRedis(): Promise<string | null> {
  return embeddedOnly ? null : await ask<string>('redis')
}

/** A new bucket on the run's S3 server (or the given bucket, then shared). Null when servers are left out. */
export async function testS3(): Promise<S3Config | null> {
  if (embeddedOnly) return null
  const { endpoint, region, credentials, bucket } = await ask<S3Address>('s3')
  const config = { region, endpoint, publicEndpoint: endpoint, credentials, forcePathStyle: true }
  return { ...config, bucket: bucket ?? (await createBucket(config)) }
}

async function ask<Address>(server: string): Promise<Address> {
  const response = await fetch(`${inject('serverDesk')}/${server}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Address
}

async function createBucket(config: Pick<S3Config, 'region' | 'credentials'> & { endpoint: string }): Promise<string> {
  const { region, endpoint, credentials } = config
  const client = new S3Client({ region, endpoint, forcePathStyle: true, ...(credentials ? { credentials } : {}) })
  const bucket = `test-${randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  return bucket
}
