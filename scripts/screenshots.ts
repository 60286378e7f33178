/**
 * Takes the pictures of the README from the dashboard, in Chromium: `npm run screenshots` writes docs/images. What they show was done by a
 * standalone on loopback, but for the hour before, whose samples are written as the service would have written them. Ends by itself.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { migrate } from '#core/database/migrate.ts'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { openBrowser } from '#support/client/browser.ts'
import type { Client } from '#support/client/client.ts'
import { bytesOf, type Origin, startOrigin } from '#support/origins/origin.ts'
import { listening, newTenant, operatorToken, startProcess } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'

const folder = new URL('../docs/images/', import.meta.url)
const MiB = 1024 * 1024
const withinMs = 120_000
const closers: (() => Promise<unknown>)[] = []

try {
  await mkdir(folder, { recursive: true })
  const dataDir = await mkdtemp(join(tmpdir(), 'backhaul-screenshots-'))
  closers.push(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = await startEmbeddedPostgres({ dataDir, log: { info() {}, error: console.error } })
  closers.push(() => postgres.stop())
  await migrate(postgres.connectionString)
  const service = startProcess('apps/standalone/src/main.ts', {
    DATABASE_URL: postgres.connectionString,
    DATA_DIR: dataDir,
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    PORT: '0',
    WORKER_CONCURRENCY: '16',
  })
  closers.push(() => service.end('SIGTERM'))
  const url = await listening(service)
  const origins: Record<string, Origin> = {
    'data.example.org': await startOrigin(),
    'cdn.example.net': await startOrigin(),
    'feeds.example.com': await startOrigin(),
  }
  closers.push(...Object.values(origins).map((origin) => () => origin.close()))
  const receiver = await startReceiver()
  closers.push(() => receiver.close())
  const { client, key, tenantId } = await newTenant(url, 'Acme')

  console.log('Doing what the pictures show…')
  const told = await oneThatBrokeOff(client, origins['data.example.org']!, receiver.url)
  await manyTasks(client, origins, receiver.url)
  await writeHour(postgres.connectionString, tenantId)

  const browser = await openBrowser()
  closers.push(() => browser.close())
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('Key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('progressbar').first().waitFor()
  const shoot = async (name: string, path: string, height: number, ready: () => Promise<unknown>) => {
    await page.setViewportSize({ width: 1280, height })
    await page.goto(path)
    await ready()
    // Until the live figures have come.
    await sleep(4_000)
    await nameHosts(page, origins)
    await page.screenshot({ path: new URL(`${name}.png`, folder).pathname })
    console.log(`docs/images/${name}.png`)
  }
  await shoot('overview', '/', 1000, () => page.getByRole('progressbar').first().waitFor())
  await shoot('task', `/tasks/${told}`, 1080, () => page.getByText('It is about this task').waitFor())
  await shoot('limiter', '/limiter', 1360, async () => {
    await page.getByText('Handed over at once').waitFor()
    await page.getByText('hour', { exact: true }).click()
  })
} finally {
  for (const close of closers.toReversed()) await close()
}

/** A download that waits, breaks off twice, is resumed, and is told of by a webhook. */
async function oneThatBrokeOff(client: Client, origin: Origin, receiverUrl: string): Promise<string> {
  const path = '/releases/dataset-2026-11.tar'
  const bytes = 48 * MiB
  const body = bytesOf(path, bytes)
  const etag = `"${createHash('sha1').update(body).digest('hex')}"`
  let broken = 0
  origin.serve(path, {
    bytes,
    async respond(request, response) {
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const head = {
        etag,
        'accept-ranges': 'bytes',
        'content-length': bytes - from,
        'content-type': 'application/x-tar',
      }
      const range = { 'content-range': `bytes ${from}-${bytes - 1}/${bytes}` }
      response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...head, ...range } : head)
      const end = broken < 2 ? Math.min(bytes, from + 18 * MiB) : bytes
      for (let at = from; at < end; at += MiB) {
        response.write(body.subarray(at, Math.min(at + MiB, end)))
        await sleep(90)
      }
      if (end === bytes) return void response.end()
      broken += 1
      response.destroy()
    },
  })
  await client.ok('PUT', '/v1/sessions/nightly-mirror', { configuration: { delegate: { url: receiverUrl } } })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/nightly-mirror/tasks', {
    url: `${origin.url}${path}`,
    taskDescription: 'The dataset of November',
    earliestBeginDate: new Date(Date.now() + 4_000).toISOString(),
  })
  const isDelivered = async () => {
    const { data } = await client.ok<{ data: { state: string }[] }>('GET', '/v1/deliveries?state=succeeded')
    return data.length > 0
  }
  await eventually('its webhook has been taken', isDelivered, { withinMs })
  return id
}

/** Some of each kind: running ones, those that wait for different things, ended ones. */
async function manyTasks(client: Client, origins: Record<string, Origin>, receiverUrl: string): Promise<void> {
  const { 'data.example.org': data, 'cdn.example.net': cdn, 'feeds.example.com': feeds } = origins
  for (const name of ['invoices', 'feeds'])
    await client.ok('PUT', `/v1/sessions/${name}`, { configuration: { delegate: { url: receiverUrl } } })
  const create = (session: string, urls: readonly string[], more: object = {}) =>
    client.ok('POST', `/v1/sessions/${session}/tasks/batch`, { tasks: urls.map((url) => ({ url, ...more })) })
  const many = (origin: Origin, count: number, prefix: string, resource: Parameters<Origin['serve']>[1]) =>
    Array.from({ length: count }, (_, n) => origin.serve(`${prefix}${n + 1}.bin`, { seed: prefix, ...resource }))
  // Of one size each, because their bytes are kept in memory; they differ in how fast they come.
  const running = (origin: Origin, count: number, prefix: string, megabytes: number) =>
    Array.from({ length: count }, (_, n) => {
      const bytesPerSecond = (0.7 + ((n * 5) % 7) * 0.28) * MiB
      return origin.serve(`${prefix}${n + 1}.bin`, { seed: prefix, bytes: megabytes * MiB, bytesPerSecond })
    })

  // Somebody looks, so that these begin at once.
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  await create('invoices', many(cdn!, 24, '/invoices/2026-11/', { bytes: 400_000 }))
  await create('nightly-mirror', running(data!, 9, '/mirror/part-', 192))
  await create('invoices', running(cdn!, 5, '/scans/', 128))
  feeds!.serve('/feed/1.json', {
    bytes: 1,
    respond: (_, response) => void response.writeHead(503, { 'retry-after': '600' }).end(),
  })
  await create('feeds', [`${feeds!.url}/feed/1.json`])
  await create('invoices', [`${cdn!.url}/invoices/gone.pdf`])
  const ended = async () =>
    (await client.ok<{ taskCounts: { completed: number } }>('GET', '/v1/tasks/summary')).taskCounts.completed >= 25
  await eventually('the invoices are there', ended, { withinMs })
  await create('feeds', many(feeds!, 18, '/feed/later-', { bytes: 1000 }))
  await client.ok('DELETE', '/v1/foreground')
  const tomorrow = new Date(Date.now() + 6 * 3_600_000).toISOString()
  await create('nightly-mirror', many(data!, 14, '/night/', { bytes: 1000 }), { earliestBeginDate: tomorrow })
  await create('nightly-mirror', many(data!, 31, '/behind/', { bytes: 1000 }))
  await sleep(8_000)
}

/** The hour before, minute by minute: what `usage_sample` has of a tenant that receives 3 to 40 MiB a second. */
async function writeHour(connectionString: string, tenantId: string): Promise<void> {
  const database = new pg.Client({ connectionString })
  await database.connect()
  const minute = Math.floor(Date.now() / 60_000)
  for (let ago = 59; ago > 0; ago--) {
    const number = minute - ago
    const wave = 1.2 + Math.sin(ago / 6) * 0.7 + Math.sin(ago / 2.3) * 0.35
    const counts = [6, 5, 0, 0, Math.round(wave * 1100 * MiB), 1, 6, ago % 23 === 0 ? 1 : 0]
    await database.query(
      `insert into usage_sample (tenant_id, step_seconds, slot, at, since, running, waiting, running_before, waiting_before, counts)
       values ($1, 60, $2, $3, $4, 9, 40, 9, 40, $5) 
         on conflict (tenant_id, step_seconds, slot) do update set counts = excluded.counts`,
      [tenantId, number % 60, new Date(number * 60_000), new Date(number * 60_000), counts],
    )
  }
  await database.query("update usage_sampler set begun_at = begun_at - interval '2 hours'")
  await database.end()
}

/** Shows the loopback origins by the names that they stand for. What the page has checked and knows stays as it is. */
async function nameHosts(page: Page, origins: Record<string, Origin>): Promise<void> {
  const names = Object.entries(origins).map(([name, { url }]) => [url, `https://${name}`, new URL(url).host, name])
  // As text, because it is for a browser.
  await page.evaluate(`{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
      for (const [url, shownUrl, host, shownHost] of ${JSON.stringify(names)})
        node.textContent = node.textContent.replaceAll(url, shownUrl).replaceAll(host, shownHost)
  }`)
}
