/**
 * The peer of small-files.ts: what one writes in an afternoon. BullMQ on Redis, fetch, lib-storage, a webhook for each
 * file; nothing is retried, checked, resumed or kept. A process of its own; what to do comes as JSON in JOB, and the one
 * line that it prints is the seconds from the first job to the last webhook's response.
 */
import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Queue, Worker } from 'bullmq'

export interface PlainJob {
  name: string
  urls: string[]
  redisUrl: string
  s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string; bucket: string }
  webhookUrl: string
  concurrency: number
}

const { name, urls, redisUrl, s3, webhookUrl, concurrency } = JSON.parse(process.env.JOB ?? '{}') as PlainJob
const { endpoint, region, bucket, ...credentials } = s3
const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
const connection = { url: redisUrl, maxRetriesPerRequest: null }
const queue = new Queue<{ url: string; key: string }>(name, { connection })
await queue.waitUntilReady()

let done = 0
const { promise: all, resolve: allDone } = Promise.withResolvers<void>()
const worker = new Worker<{ url: string; key: string }>(
  name,
  async ({ data: { url, key } }) => {
    const response = await fetch(url)
    if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`)
    await new Upload({ client, params: { Bucket: bucket, Key: key, Body: response.body as never } }).done()
    const body = JSON.stringify({ type: 'file.stored', url, key })
    const told = await fetch(webhookUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    await told.text()
    if (!told.ok) throw new Error(`the webhook: ${told.status}`)
  },
  { connection, concurrency, autorun: false },
)
worker.on('completed', () => {
  done += 1
  if (done === urls.length) allDone()
})
worker.on('failed', (_, error) => {
  throw error
})
await worker.waitUntilReady()

const from = performance.now()
void worker.run()
const jobs = urls.map((url, n) => ({
  name: 'fetch',
  data: { url, key: `${name}/${n}` },
  opts: { removeOnComplete: true },
}))
await queue.addBulk(jobs)
await all
console.log((performance.now() - from) / 1000)
await worker.close()
await queue.close()
client.destroy()
