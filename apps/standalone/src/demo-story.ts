import { setTimeout as sleep } from 'node:timers/promises'
import type { WebhookEvent } from '@backhaul/webhooks'
import pc from 'picocolors'
import { type Client, createClient, type DemoTask, hasEnded } from './demo-client.ts'
import type { DemoFile } from './demo-files.ts'
import type { DemoOrigin } from './demo-origin.ts'
import type { ProgressDisplay } from './demo-progress.ts'
import type { DemoReceiver } from './demo-receiver.ts'
import type { DemoService } from './demo-service.ts'
import { judgeTask, judgeWake, sha256Hex } from './demo-verdict.ts'
import { cross, size, table, tick } from './demo-words.ts'

interface DemoContext {
  service: Pick<DemoService, 'url' | 'adminToken'>
  origin: DemoOrigin
  receiver: DemoReceiver
  files: readonly DemoFile[]
  progress: ProgressDisplay
  say(line: string): void
  /** Called with a few words at every progress. */
  happened(what: string): void
  signal: AbortSignal
}

const session = 'demo'
const pollMs = 200

/** Runs the whole demo over HTTP, as a user's code would. Returns a sentence for each failed check. */
export async function tellStory(context: DemoContext): Promise<string[]> {
  const { say } = context
  const client = await register(context)
  const created = await createTasks(context, client)
  say(`\nDownloading ${created.length} files. The client could disconnect now; this one stays to show the progress.\n`)
  const tasks = await watch(context, client, created.length)
  say('\nThe session has drained, so the client is woken, once, with everything that happened:\n')
  const events = await collectWake(context)
  say('\nEvery file fetched back through GET /v1/tasks/{id}/file and compared with the original:\n')
  const failures = [...(await compare(context, client, tasks)), ...judgeWake(events, tasks)]
  await sumUp(context, client, tasks, events)
  return failures
}

/** As the operator creates a tenant; as the tenant creates a webhook endpoint and a session. */
async function register({ service, receiver, say, signal }: DemoContext): Promise<Client> {
  const operator = createClient(service.url, service.adminToken, signal)
  const { apiKey } = await operator.send<{ apiKey: string }>('POST', '/v1/admin/tenants', { name: 'demo' })
  say(`${tick} POST /v1/admin/tenants             the operator makes a tenant with an API key`)
  const client = createClient(service.url, apiKey, signal)
  const endpoint = await client.send<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
    url: receiver.url,
  })
  receiver.useSecret(endpoint.secret)
  say(`${tick} POST /v1/webhook-endpoints         its webhooks go to ${receiver.url}`)
  await client.send('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { endpointId: endpoint.id } } })
  say(`${tick} PUT  /v1/sessions/${session}             a session that reports there`)
  return client
}

async function createTasks({ files, origin, say }: DemoContext, client: Client): Promise<DemoTask[]> {
  const given = files.map(({ name, expectSha256 }) => ({
    url: origin.urlOf(name),
    taskDescription: name,
    ...(expectSha256 ? { expected: { sha256: sha256Hex(origin.contentOf(name)!) } } : {}),
  }))
  const { tasks } = await client.send<{ tasks: DemoTask[] }>('POST', `/v1/sessions/${session}/tasks/batch`, {
    tasks: given,
  })
  say(`${tick} POST /v1/sessions/${session}/tasks/batch  ${tasks.length} downloads, all or none accepted`)
  return tasks
}

/** Polls until every task has ended. A client in production would wait for the wake instead. */
async function watch({ progress, happened, signal }: DemoContext, client: Client, count: number): Promise<DemoTask[]> {
  let seen = ''
  try {
    for (;;) {
      const { data } = await client.send<{ data: DemoTask[] }>('GET', `/v1/sessions/${session}/tasks?limit=200`)
      const now = JSON.stringify(data.map(({ id, state, attempts, progress }) => [id, state, attempts, progress]))
      if (now !== seen) happened(`progress; not ended: ${notEnded(data)}`)
      seen = now
      progress.show(data)
      if (data.length === count && data.every(hasEnded)) return data
      await sleep(pollMs, undefined, { signal })
    }
  } finally {
    progress.close()
  }
}

function notEnded(tasks: readonly DemoTask[]): string {
  return (
    tasks.flatMap((task) => (hasEnded(task) ? [] : [`${task.taskDescription} (${task.state})`])).join(', ') || 'none'
  )
}

/** The events that the receiver gets until the wake's events are finished. */
async function collectWake({ receiver, say }: DemoContext): Promise<WebhookEvent[]> {
  const events: WebhookEvent[] = []
  for await (const event of receiver.events) {
    events.push(event)
    say(`  ${tick} signature verified  ${event.type.padEnd(25)} ${pc.dim(about(event))}`.trimEnd())
    if (event.type === 'session.events_finished') break
  }
  return events
}

function about(event: WebhookEvent): string {
  if (event.type === 'session.wake') return `${event.data.eventCount} events follow`
  return 'task' in event.data ? (event.data.task.taskDescription ?? '') : ''
}

async function compare(
  { files, origin, say }: DemoContext,
  client: Client,
  tasks: readonly DemoTask[],
): Promise<string[]> {
  const rows = [['file', 'size', 'attempts', 'checksum', '  verdict']]
  const failures: string[] = []
  for (const file of files) {
    const task = tasks.find(({ taskDescription }) => taskDescription === file.name)!
    const fetched = task.state === 'completed' ? await client.file(task.id) : null
    const { ok, words } = judgeTask(file, task, origin.contentOf(file.name), fetched)
    if (!ok) failures.push(`${file.name}: ${words}`)
    const { sha256, crc32 } = task.file?.checksums ?? {}
    const checksum = sha256 ? `sha256 ${sha256.slice(0, 8)}…` : crc32 ? `crc32 ${crc32}` : '–'
    const bytes = task.file ? size(task.file.bytes) : '–'
    rows.push([file.name, bytes, String(task.attempts), checksum, `${ok ? tick : cross} ${words}`])
  }
  say(table(rows))
  return failures
}

async function sumUp(
  { say, signal }: DemoContext,
  client: Client,
  tasks: readonly DemoTask[],
  events: readonly WebhookEvent[],
) {
  const bytes = tasks.reduce((sum, { file }) => sum + (file?.bytes ?? 0), 0)
  const began = Math.min(...tasks.flatMap(({ beganAt }) => (beganAt ? [Date.parse(beganAt)] : [])))
  const seconds = (Math.max(...tasks.map(({ endedAt }) => Date.parse(endedAt!))) - began) / 1000
  const woken = events.find((event) => event.type === 'session.wake')
  const wake = await completedWake(signal, client, woken?.data.wakeId ?? '')
  say(`\n  ${size(bytes)} in ${seconds.toFixed(1)} s (${size(bytes / seconds)}/s; the origin is slow on purpose)`)
  say(`  1 wake, ${events.length} webhooks, every signature verified`)
  say(`  The wake limiter's delay is ${wake.delayAfterSeconds} s now: a task that the client creates in the background`)
  say('  before it has passed waits for it.')
}

/** The receiver's 2xx to session.events_finished has completed the wake (`wakeCompletion: "implied"`). */
async function completedWake(signal: AbortSignal, client: Client, id: string): Promise<{ delayAfterSeconds: number }> {
  for (;;) {
    const wake = await client.send<{ state: string; delayAfterSeconds: number }>('GET', `/v1/wakes/${id}`)
    if (wake.state === 'completed') return wake
    await sleep(pollMs, undefined, { signal })
  }
}
