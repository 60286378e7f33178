import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '#support/servers/free-port.ts'
import { testS3 } from '#support/servers/shared-servers.ts'
import { putObject } from '#support/storage/put-object.ts'
import { writeWhole } from '#transfer/bytes/write-with-retry.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'
import { type ObjectStore, StorageUnavailable, type Writing } from '#transfer/storage/object-store.ts'
import { copyObject } from '#transfer/storage/s3/copy.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'

const key = 'tenants/ten_1/a-private-name'
const upload = { key, uploadId: 'upload' }
const part = { number: 1, bytes: 1, receipt: 'd41d8cd98f00b204e9800998ecf8427e' }

/** Writes an object whose bytes are all in memory. */
const write = (open: () => Writing) => writeWhole(open, [Buffer.from('x')], new AbortController().signal)

const calls: [string, (store: ObjectStore) => Promise<unknown>][] = [
  ['put', (store) => write(() => store.openObject({ key, mimeType: 'text/plain' }, 1))],
  ['begin', (store) => store.begin({ key, mimeType: 'text/plain' })],
  ['head', (store) => store.head(key)],
  ['remove', (store) => store.remove(key)],
  ['copy', (store) => store.copy(key, `${key}-copy`)],
  ['check', (store) => store.check()],
]
const uploadCalls: typeof calls = [
  ['putPart', (store) => write(() => store.openPart(upload, { number: 1, offset: 0, bytes: 1 }))],
  ['listParts', (store) => store.listParts(upload)],
  ['complete', (store) => store.complete(upload, [part])],
  ['abort', (store) => store.abort(upload)],
]

const s3At = (port: number) => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
  const endpoint = `http://127.0.0.1:${port}`
  const store = createS3Objects({
    ...{ bucket: 'bucket', region: 'us-east-1', endpoint, publicEndpoint: null },
    ...{ credentials, forcePathStyle: true },
  })
  onTestFinished(() => store.close())
  return store
}
/** An S3 server with scripted responses. */
const lyingS3 = async (listener: RequestListener) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => listener(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return s3At((server.address() as AddressInfo).port)
}
const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StorageUnavailable)
  return error as Error
}

describe.each([...calls, ...uploadCalls])('%s, when S3', (_, call) => {
  it('does not listen, says that storage is unavailable, and neither key nor address', async () => {
    const { message, cause } = await failureOf(call(s3At(await freePort())))
    expect(message).toBe('S3 failed: ECONNREFUSED')
    expect(cause).toBeInstanceOf(Error)
  })

  it('answers 503, tries again, then says that storage is unavailable', async () => {
    let asked = 0
    const store = await lyingS3((_request, response) => {
      asked++
      response.writeHead(503).end('<Error><Code>SlowDown</Code><Message>tenants/ten_1/a-private-name</Message></Error>')
    })
    const { message } = await failureOf(call(store))
    expect(message).not.toContain('private')
    expect(asked).toBeGreaterThanOrEqual(3)
  })
})

describe('complete', () => {
  it('does not take a 200 with an error inside for success', async () => {
    const store = await lyingS3((request, response) => {
      if (request.method === 'GET')
        return response.end('<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>')
      response.writeHead(200, { 'content-type': 'application/xml' })
      return response.end(
        '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>',
      )
    })
    await failureOf(store.complete(upload, [part]))
  })
})

describe('a directory that cannot be used', () => {
  it.each(calls)('makes %s say that storage is unavailable, without the path', async (name, call) => {
    const directory = await mkdtemp(join(tmpdir(), 'backhaul-objects-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    await writeFile(join(directory, 'file'), '')
    const store = createFileObjects({ directory: join(directory, 'file'), signLink: () => '' })
    // What is not there needs no disk to be absent.
    if (name === 'head') return expect(await call(store)).toBeNull()
    if (name === 'remove') return expect(await call(store)).toBeUndefined()
    if (name === 'copy') return await expect(call(store)).rejects.toThrow('there is no object to copy')
    const { message } = await failureOf(call(store))
    return expect(message).toMatch(/^the disk refused: E[A-Z]+$/)
  })

  it('keeps what a dead process left half-written for a day, then removes it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'backhaul-objects-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const store = createFileObjects({ directory, signLink: () => '' })
    await store.check()
    const [old, young] = ['put-old', 'put-young'].map((name) => join(directory, 'uploads', name)) as [string, string]
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
    for (const [path, hours] of [
      [old, 25],
      [young, 23],
    ] as const) {
      await writeFile(path, 'half')
      await utimes(path, hoursAgo(hours), hoursAgo(hours))
    }
    await store.check()
    await expect(utimes(old, new Date(), new Date())).rejects.toThrow('ENOENT')
    await expect(utimes(young, new Date(), new Date())).resolves.toBeUndefined()
  })
})

const config = await testS3()
describe.skipIf(config === null)('an object too large for one copy (skipped when servers are left out)', () => {
  it('is copied in pieces, with its type and the mark that a repetition recognises', async () => {
    const { bucket, endpoint, region, credentials } = config!
    const client = new S3Client({ region, endpoint: endpoint!, credentials: credentials!, forcePathStyle: true })
    const store = createS3Objects(config!)
    onTestFinished(() => {
      client.destroy()
      return store.close()
    })
    const mebibyte = 1024 ** 2
    const body = randomBytes(12 * mebibyte)
    await putObject(store, { key, mimeType: 'video/mp4' }, body)
    const [from, to] = [
      { Bucket: bucket, Key: key },
      { Bucket: bucket, Key: `${key}-copy` },
    ]
    expect(await copyObject(client, from, to, { pieceBytes: 5 * mebibyte })).toBe(true)
    const copy = await client.send(new HeadObjectCommand(to))
    expect(copy).toMatchObject({ ContentLength: body.byteLength, ContentType: 'video/mp4' })
    expect(copy.ETag).toMatch(/-3"$/)
    expect(await copyObject(client, from, to, { pieceBytes: 5 * mebibyte })).toBe(true)
    const link = await store.link(to.Key, { expiresInSeconds: 60, filename: 'f', mimeType: 'video/mp4' })
    expect(Buffer.from(await (await fetch(link)).arrayBuffer()).equals(body)).toBe(true)
  })
})
