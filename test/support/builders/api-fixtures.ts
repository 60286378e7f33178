import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Lease } from '#core/tasks/rules/lease.ts'
import type { TransferJob } from '#core/transfers/transfer-store.ts'
import type { TaskResponse } from '#transfer/http/rules/transaction.ts'
import type { ApiResponse, ApiUnderTest, TestTenant } from '../client/api.ts'
import { putObject } from '../storage/put-object.ts'
import { claim } from './claim.ts'
import { makeDue } from './make-due.ts'
import { facts, part, transfer } from './store-builder.ts'
import { aTransaction } from './transaction.ts'

/** Creates the states that API tests begin with, by the same verbs as the workers. */

export async function newSession(tenant: TestTenant, configuration: object = {}): Promise<string> {
  const identifier = `s-${randomUUID()}`
  const body = { configuration: { delegate: { kind: 'pull' }, ...configuration } }
  succeeded(await tenant.call('PUT', `/v1/sessions/${identifier}`, body))
  return identifier
}

export async function newTask(tenant: TestTenant, session: string, more: object = {}): Promise<string> {
  const body = { url: 'https://origin.example.com/data.bin', ...more }
  return succeeded(await tenant.call('POST', `/v1/sessions/${session}/tasks`, body)).id
}

/** A worker that has reported once, and runs three transfers. */
export async function newWorker(api: Pick<ApiUnderTest, 'stores' | 'deps'>, host = 'machine-1'): Promise<string> {
  const id = api.deps.mint.id('wrk')
  const counts = { upMs: 60_000, slots: 20, running: 3 }
  await api.stores.operations.reportWorker({ id, version: '0.1.0', host, ...counts, isDraining: false })
  return id
}

/** Takes a waiting task through a transfer: `bytes` are in storage and the task is completed. `said` changes fields of the origin's response. */
export async function finish(
  api: ApiUnderTest,
  tenant: TestTenant,
  taskId: string,
  bytes = 'the bytes',
  said: Partial<TaskResponse> = {},
): Promise<void> {
  const { lease, job } = await begin(api, taskId)
  const key = `${tenant.id}/tasks/${taskId}`
  const body = Buffer.from(bytes)
  await putObject(api.objects, { key, mimeType: 'text/plain' }, body)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  const file = { key, bytes: body.length, checksums: { crc32: sum.toString('base64') } }
  const now = new Date().toISOString()
  const transaction = aTransaction({
    url: 'https://origin.example.com/data.bin',
    requestStart: now,
    responseStart: now,
    responseEnd: now,
    countOfResponseBodyBytesReceived: body.length,
  })
  const response = {
    status: 200,
    mimeType: 'text/html',
    suggestedFilename: 'naïve "name".html',
    etag: '"1"',
    lastModified: null,
    ...said,
  }
  const facts = { response, currentUrl: 'https://origin.example.com/data.bin', transactions: [transaction] }
  if (!(await api.stores.transfers.completeTask(lease, { file, facts, inParts: false }, job.task.sessionId)))
    throw new Error('the task was not completed')
}

/** Runs a waiting task until six of its nine bytes are stored in two parts, and leaves it running. */
export async function startParts(api: ApiUnderTest, taskId: string): Promise<Lease> {
  const { lease } = await begin(api, taskId)
  await api.stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
  for (const number of [1, 2]) await api.stores.transfers.recordPart(lease, lease.epoch, part(number))
  return lease
}

/** Begins this waiting task, and no other, as a worker does. */
async function begin(api: ApiUnderTest, taskId: string): Promise<{ lease: Lease; job: TransferJob }> {
  await makeDue(api.database, taskId)
  const leases = await claim(api.stores, 1000)
  const lease = leases.find((claimed) => claimed.taskId === taskId)
  if (!lease) throw new Error('the task was not claimed')
  for (const other of leases) if (other !== lease) await api.stores.transfers.giveBack(other, 0)
  const job = await api.stores.transfers.beginTransfer(lease, 'worker')
  if (!job) throw new Error('the task was not begun')
  return { lease, job }
}

export function succeeded(response: ApiResponse): ApiResponse['json'] {
  if (response.status >= 300) throw new Error(`${response.status} ${response.text}`)
  return response.json
}
