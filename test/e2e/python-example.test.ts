import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { signedWebhook } from '#support/receivers/signed-webhook.ts'

const example = 'examples/python/download.py'
let dataDir: string
let service: Service
let origin: Origin
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-python-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
})
const programs: ChildProcess[] = []
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL')
})
afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

async function start(url: string) {
  const { key } = await newTenant(service.url)
  const env = { ...userEnvironment, BACKHAUL_URL: service.url, BACKHAUL_API_KEY: key, PYTHONDONTWRITEBYTECODE: '1' }
  const program = spawn('python3', [example, url], { env })
  programs.push(program)
  let output = ''
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  const closed = once(program, 'close')
  return { output: () => output, exitCode: async () => ((await closed) as [number | null])[0] }
}

test('the example follows a task to its end, believes the webhooks of the service and refuses others', async () => {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const link = origin.serve('/slow', {
    bytes: 0,
    respond: async (_, response) => {
      await released
      response.end('twelve bytes')
    },
  })
  const { output, exitCode } = await start(link)
  const webhook = await eventually('it listens and follows', () => /listening (\S+)\n\w+ 0 bytes/.exec(output())?.[1])
  const forged = signedWebhook({ type: 'session.events_finished', data: {} })
  expect((await fetch(webhook, { method: 'POST', ...forged })).status).toBe(400)
  expect((await fetch(webhook, { method: 'POST', body: '{}' })).status).toBe(400)
  release()
  expect(await exitCode(), output()).toBe(0)
  expect(output().split('\n').slice(-5)).toEqual([
    'completed 12 bytes',
    'verified session.wake ',
    'verified task.finished_downloading completed',
    'verified task.completed completed',
    '',
  ])
})

test('the example says why a task has failed, and ends with 1', async () => {
  const { output, exitCode } = await start(`${origin.url}/missing`)
  expect(await exitCode(), output()).toBe(1)
  expect(output()).toMatch(/^failed .*404.*\nverified session.wake \nverified task.completed failed\n$/m)
})

test('the example has at most 60 lines and needs nothing but Python', async () => {
  const program = await readFile(example, 'utf8')
  expect(program.split('\n').length - 1).toBeLessThanOrEqual(60)
  const imported = [...program.matchAll(/^(?:import|from) (.+?)(?: import .*)?$/gm)].flatMap(([, names]) =>
    names!.split(', '),
  )
  expect(imported.toSorted()).toEqual(
    'base64 hashlib hmac http.server json os queue sys threading time urllib.request'.split(' '),
  )
})
