import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'

let dataDir: string
let service: Service
let origin: Origin
let client: Client
let tenantId: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-e2e-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
  ;({ client, tenantId } = await newTenant(service.url))
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

const MiB = 1024 * 1024

let sessions = 0
async function newSession(configuration: Record<string, unknown> = {}): Promise<string> {
  const name = `session-${++sessions}`
  await client.ok('PUT', `/v1/sessions/${name}`, { configuration: { delegate: { kind: 'pull' }, ...configuration } })
  return name
}
const newTask = (session: string, body: Record<string, unknown>) =>
  client.ok<TaskView>('POST', `/v1/sessions/${session}/tasks`, body)
/** Once so much has arrived, all parts of 5 MiB but the last of it are stored. */
const arrived = (id: string, bytes: number) =>
  eventually(`${bytes} bytes have arrived`, async () => {
    const { progress, state } = await client.task(id)
    return state === 'running' && progress.countOfBytesReceived > bytes
  })
const fileOf = async (id: string) => Buffer.from(await (await client.file(id)).arrayBuffer())
const rangesOf = (path: string) =>
  origin.requests.filter((request) => request.path === path).map(({ headers }) => headers.range ?? null)

interface Canceled {
  task: TaskView
  resumeData: string | null
  resumeDataUnavailableReason?: string
}

test('a download is canceled midway, and a task made of its resume data fetches only the rest', async () => {
  const bytes = 24 * MiB + 5
  const url = origin.serve('/resumed', { bytes, holdAfter: 12 * MiB })
  const session = await newSession()
  const first = await newTask(session, { url })
  await arrived(first.id, 11 * MiB)
  const canceled = await client.ok<Canceled>('POST', `/v1/tasks/${first.id}/cancel`, { producingResumeData: true })
  expect(canceled.task.state).toBe('canceled')
  const { resumeData } = canceled
  expect(resumeData).not.toBeNull()
  origin.serve('/resumed', { bytes })
  const second = await newTask(session, { resumeData, destinationKey: 'resumed.bin' })
  const before = second.progress.countOfBytesReceived
  expect(before).toBeGreaterThanOrEqual(5 * MiB)
  expect(before % (5 * MiB)).toBe(0)
  const done = await client.ended(second.id)
  expect(done).toMatchObject({ state: 'completed', attempts: 1, file: { bytes, state: 'permanent' } })
  expect(done.metrics.transactions).toMatchObject([{ status: 206, resumedFrom: before }])
  expect(rangesOf('/resumed')).toEqual([null, `bytes=${before}-`])
  expect((await fileOf(second.id)).equals(origin.content('/resumed'))).toBe(true)
  const again = await client.call('POST', `/v1/sessions/${session}/tasks`, { resumeData })
  expect(again).toMatchObject({ status: 422, body: { code: 'invalid_resume_data' } })
})

test('another version of the file is fetched whole, never spliced to what was received', async () => {
  const url = origin.serve('/replaced', { bytes: 16 * MiB, holdAfter: 8 * MiB })
  const session = await newSession()
  const first = await newTask(session, { url })
  await arrived(first.id, 6 * MiB)
  const path = `/v1/tasks/${first.id}/cancel`
  const { resumeData } = await client.ok<Canceled>('POST', path, { producingResumeData: true })
  origin.serve('/replaced', { bytes: 16 * MiB, seed: 'another version' })
  const { id } = await newTask(session, { resumeData })
  expect(await client.ended(id)).toMatchObject({ state: 'completed', file: { bytes: 16 * MiB } })
  expect((await fileOf(id)).equals(origin.content('/replaced'))).toBe(true)
})

test('a digest that is asked for only now is computed over all bytes', async () => {
  const url = origin.serve('/digest-later', { bytes: 12 * MiB, holdAfter: 8 * MiB })
  const session = await newSession()
  const first = await newTask(session, { url })
  await arrived(first.id, 6 * MiB)
  const path = `/v1/tasks/${first.id}/cancel`
  const { resumeData } = await client.ok<Canceled>('POST', path, { producingResumeData: true })
  origin.serve('/digest-later', { bytes: 12 * MiB })
  const content = origin.content('/digest-later')
  const sha256 = createHash('sha256').update(content).digest('hex')
  const { id } = await newTask(session, { resumeData, expected: { sha256 } })
  expect(await client.ended(id)).toMatchObject({ state: 'completed', file: { checksums: { sha256 } } })
})

test('a running task goes on at its renewed URL, from behind what is stored', async () => {
  const bytes = 16 * MiB
  const url = origin.serve('/link-old', { bytes, seed: 'one version', holdAfter: 8 * MiB })
  const { id } = await newTask(await newSession(), { request: { url, headers: { 'X-Key': 'value' } } })
  await arrived(id, 6 * MiB)
  const renewed = origin.serve('/link-new', { bytes, seed: 'one version' })
  await client.ok('PATCH', `/v1/tasks/${id}`, { url: renewed })
  const task = await client.ended(id)
  expect(task).toMatchObject({ state: 'completed', attempts: 1, originalRequest: { url: renewed } })
  expect(rangesOf('/link-new')).toEqual([expect.stringMatching(/^bytes=\d+-$/)])
  expect(origin.requests.find(({ path }) => path === '/link-new')?.headers['x-key']).toBe('value')
  expect((await fileOf(id)).equals(origin.content('/link-new'))).toBe(true)
})

test('a task that waits for its next attempt tries a renewed URL at once', async () => {
  // A host of its own: all of a host waits when it asks for rest.
  const resting = await startOrigin()
  const url = resting.serve('/expired-link', {
    bytes: 0,
    respond: (_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end(),
  })
  const { id } = await newTask(await newSession(), { url })
  await eventually('it waits', async () =>
    (await client.task(id)).waitingFor.some(({ reason }) => reason === 'retryBackoff'),
  )
  await client.ok('PATCH', `/v1/tasks/${id}`, { url: origin.serve('/fresh-link', { bytes: 10 }) })
  expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 2 })
  await resting.close()
})

test('a failed task is retried as a new one', async () => {
  const path = '/there-later'
  const { id } = await newTask(await newSession(), { url: `${origin.url}${path}`, metadata: { a: 'b' } })
  expect(await client.ended(id)).toMatchObject({ state: 'failed', error: { name: 'fileDoesNotExist' } })
  origin.serve(path, { bytes: 10 })
  const again = await client.ok<TaskView>('POST', `/v1/tasks/${id}/retry`)
  expect(await client.ended(again.id)).toMatchObject({ state: 'completed', taskIdentifier: 2, metadata: { a: 'b' } })
})

test('a file whose checksum was expected wrongly is not fetched again for the right one', async () => {
  const bytes = 12 * MiB
  const url = origin.serve('/mistaken', { bytes })
  const session = await newSession()
  const { id } = await newTask(session, { url, expected: { sha256: '0'.repeat(64) } })
  const failed = await client.ended(id)
  expect(failed.error).toMatchObject({ name: 'checksum_mismatch', resumeData: expect.any(String) })
  const sha256 = createHash('sha256').update(origin.content('/mistaken')).digest('hex')
  const again = await newTask(session, { resumeData: failed.error!.resumeData, expected: { sha256 } })
  expect(await client.ended(again.id)).toMatchObject({ state: 'completed', file: { bytes, checksums: { sha256 } } })
  // Once and once more to be sure; then only the last part, which proves that the file is the same.
  expect(rangesOf('/mistaken')).toEqual([null, null, expect.stringMatching(/^bytes=\d+-/)])
})

/** A download that breaks off midway, and whose link answers 403 from then on. */
async function expireMidway(path: string, seed: string) {
  const url = origin.serve(path, { bytes: 16 * MiB, seed, holdAfter: 8 * MiB })
  const { id } = await newTask(await newSession({ timeoutIntervalForRequest: 2 }), { url: `${url}?signature=1` })
  await arrived(id, 6 * MiB)
  origin.serve(path, { bytes: 0, respond: (_, response) => void response.writeHead(403).end('the link has expired') })
  return client.ended(id)
}

test('a link that expires midway fails the task with resume data, and a retry at a fresh one fetches only the rest', async () => {
  const failed = await expireMidway('/expires', 'signed')
  expect(failed).toMatchObject({
    state: 'failed',
    error: { name: 'noPermissionsToReadFile', detail: 'the origin answered 403', resumeData: expect.any(String) },
    response: { status: 200 },
  })
  const { data } = await client.ok<{ data: { type: string; data: { task: TaskView } }[] }>(
    'GET',
    `/v1/events?session=${failed.sessionIdentifier}`,
  )
  expect(data.map(({ data: { task } }) => task.error?.resumeData)).toEqual([failed.error!.resumeData])
  const url = `${origin.serve('/fresh', { bytes: 16 * MiB, seed: 'signed' })}?signature=2`
  const retried = await client.ok<TaskView>('POST', `/v1/tasks/${failed.id}/retry`, { url })
  const before = retried.progress.countOfBytesReceived
  expect(before).toBeGreaterThanOrEqual(5 * MiB)
  const done = await client.ended(retried.id)
  expect(done).toMatchObject({ state: 'completed', error: null, file: { bytes: 16 * MiB }, response: { status: 200 } })
  expect(rangesOf('/fresh')).toEqual([`bytes=${before}-`])
  expect((await fileOf(done.id)).equals(origin.content('/fresh'))).toBe(true)
})

test('a retry at a link to another version fetches it whole', async () => {
  const { id } = await expireMidway('/expires-too', 'one version')
  const url = origin.serve('/fresh-version', { bytes: 16 * MiB, seed: 'another version' })
  const retried = await client.ok<TaskView>('POST', `/v1/tasks/${id}/retry`, { url })
  expect(await client.ended(retried.id)).toMatchObject({ state: 'completed', file: { bytes: 16 * MiB } })
  expect((await fileOf(retried.id)).equals(origin.content('/fresh-version'))).toBe(true)
})

test.each([
  ['of this attempt', 0, 'the last connection to break: networkConnectionLost'],
  // The attempt asks for the rest in vain, and the next one gets no response.
  ['of the last attempt', 4, 'the last attempt to fail: networkConnectionLost'],
])(
  'a task whose deadline passes while it downloads names its last fault, %s, and keeps what came',
  async (_, refusals, fault) => {
    let asked = 0
    const url = origin.serve(`/never-whole-${refusals}`, {
      bytes: 0,
      respond: (_, response) => {
        asked += 1
        if (asked > 1) return void (asked <= 1 + refusals && response.destroy())
        response.writeHead(200, { 'content-length': 16 * MiB, etag: '"1"', 'accept-ranges': 'bytes' })
        response.write(Buffer.alloc(6 * MiB), () => setTimeout(() => response.destroy(), 500))
      },
    })
    const { id } = await newTask(await newSession({ timeoutIntervalForResource: 8 }), { url })
    const { error } = await client.ended(id)
    expect(error).toMatchObject({ name: 'timedOut', retriable: true, resumeData: expect.any(String) })
    expect(error!.detail).toContain(fault)
  },
)

test('files of one part and of many lie at their destination keys, for good', async () => {
  const session = await newSession()
  for (const bytes of [10, 12 * MiB, 0]) {
    const destinationKey = `backups/${bytes}.bin`
    const { id } = await newTask(session, { url: origin.serve(`/to-${bytes}`, { bytes }), destinationKey })
    const { file } = await client.ended(id)
    expect(file).toMatchObject({ state: 'permanent', key: `${tenantId}/files/${destinationKey}`, leaseExpiresAt: null })
    expect((await fileOf(id)).equals(origin.content(`/to-${bytes}`))).toBe(true)
  }
})

test('every hop is measured', async () => {
  const target = origin.serve('/hop-end', { bytes: 1_000 })
  const url = origin.serve('/hop-start', {
    bytes: 0,
    respond: (_, response) => void response.writeHead(302, { location: target }).end('elsewhere'),
  })
  const { id } = await newTask(await newSession(), { url: `${url}?token=secret` })
  const { metrics } = await client.ended(id)
  expect(metrics.redirectCount).toBe(1)
  expect(metrics.transactions).toMatchObject([
    { url, status: 302, countOfResponseBodyBytesReceived: 0 },
    { url: target, status: 200, countOfResponseBodyBytesReceived: 1_000 },
  ])
  for (const hop of metrics.transactions) {
    expect(hop).toMatchObject({ protocol: 'http/1.1', remoteAddressClass: 'private', resumedFrom: null })
    expect(hop.secureConnectionStart).toBeNull()
    const steps = [hop.connectStart, hop.connectEnd, hop.requestStart, hop.responseStart, hop.responseEnd]
    const times = steps.map((step) => Date.parse(step!))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  }
})

test('with httpStatusPolicy "deliver", an error response is a file like any other', async () => {
  const url = origin.serve('/gone', {
    bytes: 0,
    respond: (_, response) => void response.writeHead(410, { 'content-type': 'text/plain' }).end('it is gone'),
  })
  const { id } = await newTask(await newSession({ httpStatusPolicy: 'deliver' }), { url })
  expect(await client.ended(id)).toMatchObject({ state: 'completed', error: null, response: { status: 410 } })
  expect((await fileOf(id)).toString()).toBe('it is gone')
})

test('an origin that falls silent is asked again, and the task does not fail', async () => {
  let asked = 0
  const url = origin.serve('/silent', {
    bytes: 0,
    respond: (_, response) => {
      asked += 1
      response.writeHead(200, { 'content-length': '2' })
      if (asked === 1) response.write('o')
      else response.end('ok')
    },
  })
  const { id } = await newTask(await newSession({ timeoutIntervalForRequest: 1 }), { url })
  const task = await client.ended(id)
  expect(task).toMatchObject({ state: 'completed', attempts: 2, error: null })
  expect(task.metrics.transactions.map(({ countOfResponseBodyBytesReceived: bytes }) => bytes)).toEqual([1, 2])
})
