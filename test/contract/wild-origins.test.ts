import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { codings, decodings } from './wild-origins/codings.ts'
import { endings } from './wild-origins/endings.ts'
import { framing } from './wild-origins/framing.ts'
import { names, softFailures } from './wild-origins/names.ts'
import { ranges } from './wild-origins/ranges.ts'
import { redirects } from './wild-origins/redirects.ts'
import { resume } from './wild-origins/resume.ts'
import type { WildRow } from './wild-origins/row.ts'
import { type StartedRow, startRow } from './wild-origins/start-row.ts'
import { statuses } from './wild-origins/statuses.ts'

/** Origins as there are in the web, each with what becomes of a task there: bytes on the wire → the end of the task. */
const tables: Record<string, WildRow[]> = {
  endings,
  framing,
  statuses,
  names,
  codings,
  decodings,
  softFailures,
  redirects,
  ranges,
  resume,
}
const rows = Object.values(tables).flat()

interface Try extends StartedRow {
  taskId: string
}

let dataDir: string
let service: Service
let client: Client
const tries = new Map<WildRow, Try>()

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-wild-'))
  service = await startStandalone(dataDir, { WORKER_CONCURRENCY: '64' })
  ;({ client } = await newTenant(service.url))
  const sessions = new Map<string, string>()
  for (const row of rows) {
    const wanted = JSON.stringify(row.session ?? {})
    const session = sessions.get(wanted) ?? `wild-${sessions.size}`
    if (!sessions.has(wanted)) {
      sessions.set(wanted, session)
      const configuration = { delegate: { kind: 'pull' }, timeoutIntervalForRequest: 5, ...row.session }
      await client.ok('PUT', `/v1/sessions/${session}`, { configuration })
    }
    const started = await startRow(row)
    // All at once: most of the time they wait for their next attempt.
    const { id } = await client.ok<TaskView>('POST', `/v1/sessions/${session}/tasks`, { url: started.url, ...row.task })
    tries.set(row, { ...started, taskId: id })
  }
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), ...[...tries.values()].map(({ close }) => close())])
  await rm(dataDir, { recursive: true, force: true })
})

describe.each(Object.entries(tables))('%s: an origin that', (_, table) => {
  it.each(table.map((row) => [row.that, row] as const))('%s', async (_, row) => {
    const { origin, taskId } = tries.get(row)!
    const { becomes } = row
    if (becomes.state === 'waiting') {
      const task = await eventually(
        `${becomes.attempts} attempts were made`,
        async () => {
          const now = await client.task(taskId)
          return now.attempts >= becomes.attempts || now.endedAt !== null ? now : undefined
        },
        { withinMs: 120_000 },
      )
      expect(task.endedAt, JSON.stringify(task.error)).toBeNull()
      if (becomes.error) expect(task.error?.name).toBe(becomes.error)
      return
    }
    // What does not end is to be seen before the test's own time is over.
    const task = await eventually('the task has ended', () => endedTask(taskId), { withinMs: 120_000 })
    const { state, error, attempts } = task
    expect({ state, error: error?.name }, JSON.stringify(error)).toEqual({
      state: becomes.state,
      error: becomes.state === 'failed' ? becomes.error : undefined,
    })
    if (becomes.state === 'failed' && becomes.detail) expect(error?.detail).toMatch(becomes.detail)
    if (becomes.attempts !== undefined) expect(attempts).toBe(becomes.attempts)
    if (row.requests !== undefined) expect(origin.requests).toHaveLength(row.requests)
    if (becomes.state === 'failed') return
    if (becomes.bytes !== undefined) expect(task.file?.bytes).toBe(becomes.bytes)
    if (becomes.response) expect(task.response).toMatchObject(becomes.response)
    expect(task.warnings.map(({ code }) => code)).toEqual(becomes.warnings ?? [])
    const stored = Buffer.from(await (await client.file(taskId)).arrayBuffer())
    const wanted = Buffer.from(becomes.stored as string, 'latin1')
    expect(stored.equals(wanted), `${stored.length} bytes: ${stored.toString('latin1', 0, 200)}`).toBe(true)
  })
})

async function endedTask(taskId: string): Promise<TaskView | undefined> {
  const task = await client.ok<TaskView>('GET', `/v1/tasks/${taskId}?wait=10`)
  return task.endedAt === null ? undefined : task
}

it('every row has a name of its own', () => {
  expect(new Set(rows.map(({ that }) => that)).size).toBe(rows.length)
})
