import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { type Collector, type ReceivedSpan, startCollector } from '#support/servers/collector.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function opened<T extends { close(): Promise<unknown> }>(opening: Promise<T>): Promise<T> {
  const thing = await opening
  cleanups.push(() => thing.close())
  return thing
}

/** An API and a worker, a tenant with a webhook endpoint, and a task that fails once; created with this traceparent. */
async function runTask(traceparent: string, env: Record<string, string>) {
  const [origin, receiver] = await Promise.all([opened(startOrigin()), opened(startReceiver())])
  const pair = (await openProcessPair('PostgreSQL', { env }))!
  cleanups.push(() => pair.dispose())
  const [api, worker] = await Promise.all([pair.startApi(), pair.startWorker()])
  const { client, key } = await newTenant(api.url)
  await client.ok('POST', '/v1/webhook-endpoints', { url: receiver.url })
  await client.ok('PUT', '/v1/sessions/traced', { configuration: { delegate: { url: receiver.url } } })
  let requests = 0
  const url = origin.serve('/flaky', {
    bytes: 5,
    respond: (_, response) => {
      requests += 1
      if (requests === 1) response.writeHead(503, { 'retry-after': '1' }).end()
      else response.writeHead(200, { 'content-length': '5' }).end('bytes')
    },
  })
  const response = await fetch(`${api.url}/v1/sessions/traced/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', traceparent },
    body: JSON.stringify({ url: `${url}?secret=1` }),
  })
  const task = (await response.json()) as TaskView
  expect(await client.ended(task.id)).toMatchObject({ state: 'completed' })
  const webhookOf = (type: string) => receiver.posts.find(({ event }) => event.type === type)
  await eventually('the webhooks have come', () => webhookOf('task.completed'), { withinMs: 60_000 })
  return { pair, api, worker, task, response, webhookOf }
}

const newIds = () => ({ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') })

test('one trace leads from the client through request, claim, attempts, origin, storage and webhook, over two processes', async () => {
  const collector = await opened(startCollector())
  const { traceId, spanId } = newIds()
  const { api, worker, task, response, webhookOf } = await runTask(`00-${traceId}-${spanId}-01`, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
  })
  const parent = /^00-[0-9a-f]{32}-([0-9a-f]{16})-01$/.exec(webhookOf('task.completed')!.headers.traceparent!)?.[1]
  const spans = await spansOf(collector, traceId, (all) => all.some((span) => span.spanId === parent))
  const named = (name: string) => spans.filter((span) => span.name === name)
  const parentOf = ({ parentSpanId }: ReceivedSpan) => spans.find((span) => span.spanId === parentSpanId)

  const [request] = named('createTask')
  expect(request).toMatchObject({ service: 'backhaul-api', parentSpanId: spanId, kind: 2, failure: null })
  expect(request!.attributes['backhaul.request.id']).toBe(response.headers.get('x-request-id'))
  expect(named('database tasks.createTasks').map(parentOf)).toEqual([request])

  const attempts = named('attempt')
  expect(attempts.map(({ attributes }) => attributes['backhaul.outcome'])).toEqual([
    'will retry: the origin answered 503',
    'completed',
  ])
  for (const span of [...attempts, ...named('claim')]) {
    expect(span).toMatchObject({ service: 'backhaul-worker', parentSpanId: request!.spanId })
    expect(span.attributes['backhaul.task.id']).toBe(task.id)
    expect(span.endMs).toBeGreaterThanOrEqual(span.startMs)
  }
  expect(named('claim')).toHaveLength(2)

  const hops = named('origin request')
  expect(hops.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([503, 200])
  expect(hops.map(parentOf)).toEqual(attempts)
  for (const step of ['connect', 'first byte']) expect(named(step).map(parentOf)).toEqual(hops)
  // That of the refusal is not read.
  expect(named('body').map(parentOf)).toEqual([hops[1]])

  const within = (span: ReceivedSpan) => spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
  const calls = within(attempts[1]!).map(({ name }) => name)
  expect(calls).toContain('database transfers.completeTask')
  expect(calls.filter((name) => name.startsWith('storage open'))).toHaveLength(1)

  const webhooks = named('webhook')
  expect(webhooks.every((span) => span.parentSpanId === request!.spanId && span.failure === null)).toBe(true)
  expect(webhooks.map((span) => span.spanId)).toContain(parent)

  // The wake is about the task without being a part of what the client asked for.
  const wake = collector.spans().find(({ name, links }) => name === 'webhook' && links.includes(traceId))
  expect(wake?.traceId).not.toBe(traceId)

  expect(JSON.stringify(collector.spans())).not.toContain('secret=1')
  expect(new Set(collector.headers().map(({ authorization }) => authorization))).toEqual(new Set(['Bearer collector']))
  const lines = [api, worker].flatMap((process) => process.output().split('\n'))
  const traced = lines.filter((line) => line.includes(`"traceId":"${traceId}"`))
  expect(traced.some((line) => line.includes('"event":"transfer.ended"'))).toBe(true)
  expect(traced.some((line) => line.includes('"event":"request.answered"'))).toBe(true)
})

/** The spans of a trace, by their start, once they are all there. */
async function spansOf(collector: Collector, traceId: string, areAll: (spans: ReceivedSpan[]) => boolean) {
  const found = () =>
    collector
      .spans()
      .filter((span) => span.traceId === traceId)
      .toSorted((a, b) => a.startMs - b.startMs)
  await eventually('all spans have come', () => areAll(found()), { withinMs: 60_000 })
  return found()
}

test('without a collector, the webhooks of a task still have the traceparent of the request that created it', async () => {
  const { traceId, spanId } = newIds()
  const traceparent = `00-${traceId}-${spanId}-01`
  const { worker, webhookOf } = await runTask(traceparent, {})
  expect(webhookOf('task.completed')!.headers.traceparent).toBe(traceparent)
  expect(webhookOf('session.wake')!.headers.traceparent).toBeUndefined()
  const ended = worker
    .output()
    .split('\n')
    .filter((line) => line.includes('"event":"transfer.ended"'))
  expect(ended.every((line) => line.includes(`"traceId":"${traceId}"`))).toBe(true)
})

test('a collector that is away costs a line in the log and nothing else', async () => {
  const { traceId, spanId } = newIds()
  const { api, pair } = await runTask(`00-${traceId}-${spanId}-01`, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
  expect(pair).toBeDefined()
  await eventually('it says so', () => api.output().includes('"event":"traces.not_sent"'), { withinMs: 60_000 })
  const stoppingAt = performance.now()
  expect(await api.end('SIGTERM')).toBe(0)
  expect(performance.now() - stoppingAt).toBeLessThan(10_000)
})
