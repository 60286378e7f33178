import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { bytesOf, type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

let dataDir: string
let database: TestDatabase
let rows: pg.Client
let service: Service
let origin: Origin
let client: Client

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-e2e-'))
  database = await testDatabase()
  rows = new pg.Client({ connectionString: database.connectionString })
  await rows.connect()
  const env = { DATABASE_URL: database.connectionString }
  ;[service, origin] = await Promise.all([startStandalone(dataDir, env), startOrigin()])
  ;({ client } = await newTenant(service.url))
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close(), rows?.end()])
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
})

const MiB = 1024 * 1024
/** A date that is a strong validator. */
const modified = { 'last-modified': 'Tue, 24 Nov 2026 12:00:00 GMT', date: 'Tue, 24 Nov 2026 13:00:00 GMT' }

let sessions = 0
async function newTask(url: string, configuration: Record<string, unknown> = {}) {
  const name = `session-${++sessions}`
  await client.ok('PUT', `/v1/sessions/${name}`, { configuration: { delegate: { kind: 'pull' }, ...configuration } })
  return client.ok<TaskView>('POST', `/v1/sessions/${name}/tasks`, { url })
}
/** Cancels it when a part of 5 MiB is on record. */
async function cancelMidway(id: string) {
  await eventually('a part is on record', async () => {
    const found = await rows.query(
      `select 1 from task t join transfer_part p on p.task_id = t.id and p.generation = (t.transfer ->> 'generation')::int
       where t.id = $1 and t.state = 'running'`,
      [id],
    )
    return found.rows.length > 0
  })
  return client.ok<Canceled>('POST', `/v1/tasks/${id}/cancel`, { producingResumeData: true })
}

interface Canceled {
  task: TaskView
  resumeData: string | null
  resumeDataUnavailableReason?: string
}

test.each([
  ['/untagged', { resumable: false }, 'noStrongValidator'],
  ['/no-ranges', { headers: { 'accept-ranges': 'none', etag: '"1"' }, resumable: false }, 'rangesNotSupported'],
  ['/dated', { headers: { 'accept-ranges': 'none', ...modified }, resumable: false }, 'rangesNotSupported'],
  ['/coded', { headers: { 'content-encoding': 'gzip' } }, 'contentEncoded'],
])('%s leaves no resume data', async (path, resource, reason) => {
  const url = origin.serve(path, { bytes: 16 * MiB, holdAfter: 8 * MiB, ...resource })
  const { id } = await newTask(url)
  expect(await cancelMidway(id)).toMatchObject({ resumeData: null, resumeDataUnavailableReason: reason })
})

test('a body that is decoded leaves no resume data', async () => {
  const respond = (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { etag: '"1"', 'accept-ranges': 'bytes', 'content-encoding': 'gzip' })
    const coder = createGzip({ level: 0 })
    coder.pipe(response)
    // Held open behind this.
    coder.write(bytesOf('decoded', 12 * MiB))
    coder.flush()
  }
  const url = origin.serve('/decoded', { bytes: 0, respond })
  const { id } = await newTask(url, { contentDecoding: 'decode' })
  expect(await cancelMidway(id)).toMatchObject({ resumeData: null, resumeDataUnavailableReason: 'contentEncoded' })
})

/** Its first response breaks off behind a part, requests for a range are answered like this, and later responses are held. */
async function interruptedOnce(path: string, tagOf: (index: number) => string | null, range: Range) {
  const bytes = bytesOf(path, 16 * MiB)
  let index = 0
  let wholes = 0
  const url = origin.serve(path, {
    bytes: 0,
    respond: (request, response) => {
      const etag = tagOf(index++)
      const about = { ...(etag === null ? {} : { etag }), 'accept-ranges': 'bytes', ...modified }
      if (request.headers.range !== undefined) return range(about, bytes, response)
      response.writeHead(200, { ...about, 'content-length': bytes.length })
      if (wholes++ > 0) return void response.write(bytes.subarray(0, 12 * MiB))
      response.write(bytes.subarray(0, 8 * MiB), () => response.destroy())
    },
  })
  const { id } = await newTask(url)
  await eventually('it has begun anew', () => wholes > 1)
  return id
}
type Range = (about: Record<string, string>, bytes: Buffer, response: ServerResponse) => void

test.each<[string, (index: number) => string | null, Range, string]>([
  ['ranges-refused', () => null, (_, __, response) => void response.writeHead(403).end(), 'rangesNotSupported'],
  [
    'tags-change',
    (index) => `"${index}"`,
    (about, bytes, response) =>
      void response
        .writeHead(206, { ...about, 'content-range': `bytes 5242880-${bytes.length - 1}/${bytes.length}` })
        .end(bytes.subarray(5 * MiB)),
    'noStrongValidator',
  ],
])('%s leaves no resume data', async (path, tagOf, range, reason) => {
  const id = await interruptedOnce(`/${path}`, tagOf, range)
  expect(await cancelMidway(id)).toMatchObject({ resumeData: null, resumeDataUnavailableReason: reason })
})
