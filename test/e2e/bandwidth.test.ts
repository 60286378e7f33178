import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '#core/database/database.ts'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, type Service } from '#support/processes/service.ts'

const MiB = 1024 * 1024
const rate = 4 * MiB
const transfers = 8
const fileBytes = 3 * MiB
let processes: ProcessPair
let api: Service
let origin: Origin

beforeAll(async () => {
  ;[processes, origin] = await Promise.all([
    openProcessPair('PostgreSQL', { env: { WORKER_CONCURRENCY: String(transfers / 2) } }) as Promise<ProcessPair>,
    startOrigin(),
  ])
  ;[api] = await Promise.all([processes.startApi(), processes.startWorker(), processes.startWorker()])
})

afterAll(async () => {
  await Promise.all([processes?.dispose(), origin?.close()])
})

// How close the rate comes to the maximum is measured by bench/bandwidth.ts.
test('eight transfers on two workers receive no more than the maximum of their session, and all that they want', async () => {
  const { client, tenantId } = await newTenant(api.url)
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const configuration = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64, maximumBytesPerSecond: rate }
  await client.ok('PUT', '/v1/sessions/paced', { configuration })
  const urls = Array.from({ length: transfers }, (_, n) => origin.serve(`/${n}`, { bytes: fileBytes }))
  const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/paced/tasks/batch', {
    tasks: urls.map((url) => ({ url })),
  })
  const ended = await Promise.all(tasks.map(({ id }) => client.ended(id)))
  for (const task of ended) expect(task).toMatchObject({ state: 'completed', file: { bytes: fileBytes } })

  const database = openDatabase(processes.databaseUrl)
  try {
    const row = await database.first<{ seconds: number; workers: number }>(
      `select extract(epoch from max(ended_at) - min(began_at))::float8 as seconds,
         (select count(distinct data ->> 'workerId')::int from task_step join task t on t.id = task_id
          where t.tenant_id = $1 and kind = 'began') as workers
       from task where tenant_id = $1`,
      [tenantId],
    )
    expect(row!.workers).toBe(2)
    // Beyond the rate: a burst, and what comes with the head of each response, up to a buffer, and ends with its transfer.
    const beyond = rate / 2 + transfers * 0.5 * MiB
    expect(transfers * fileBytes).toBeLessThanOrEqual(rate * row!.seconds + beyond)
  } finally {
    await database.close()
  }
})
