import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startProcess } from '#support/processes/service.ts'
import { startFetchServer } from '#support/receivers/fetch-server.ts'
import { aSecret, signedWebhook } from '#support/receivers/signed-webhook.ts'

const folder = new URL('../../packages/webhooks/examples/', import.meta.url)
const closings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Where the example listens, and everything it has written. */
interface Example {
  url: string
  output(): string
}

async function startProgram(name: string): Promise<Example> {
  const program = startProcess(fileURLToPath(new URL(name, folder)), { WEBHOOK_SECRET: aSecret, PORT: '0' })
  closings.push(() => program.end('SIGTERM'))
  const port = await eventually('the example listens', () => /listening.*port: (\d+)/s.exec(program.output())?.[1], {
    withinMs: 20_000,
  })
  return { url: `http://127.0.0.1:${port}`, output: program.output }
}

/** The module as a runtime of the Fetch API serves it. */
async function serveModule(name: string): Promise<Example> {
  vi.stubEnv('WEBHOOK_SECRET', aSecret)
  let output = ''
  for (const way of ['log', 'error'] as const)
    vi.spyOn(console, way).mockImplementation((line: string) => {
      output += `${line}\n`
    })
  const module = (await import(new URL(name, folder).href)) as {
    default: { fetch(request: Request): Promise<Response> }
  }
  const server = await startFetchServer(module.default.fetch)
  closings.push(server.close)
  return { url: server.url, output: () => output }
}

describe.each([
  ['express.ts', startProgram],
  ['fastify.ts', startProgram],
  ['fetch.ts', serveModule],
])('the example %s', (name, start) => {
  it('takes events, answers a challenge and refuses forgeries', async () => {
    const { url, output } = await start(name)
    const post = ({ body, headers }: ReturnType<typeof signedWebhook>) =>
      fetch(`${url}/webhooks/backhaul`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })

    const task = { id: 'tsk_1', state: 'completed', file: { bytes: 10 } }
    expect((await post(signedWebhook({ type: 'task.completed', data: { task } }))).status).toBe(204)
    await eventually('the event is shown', () => output().includes('tsk_1 completed 10 bytes\n'))
    expect((await post(signedWebhook({ type: 'session.wake', data: {} }))).status).toBe(204)

    const challenge = { host: 'files.example.com' }
    const decided = await post(signedWebhook({ type: 'task.authentication_challenge', data: { challenge } }))
    expect(await decided.json()).toEqual({
      disposition: 'useCredential',
      credential: { user: 'reader', password: 'secret of files.example.com' },
    })

    const forged = signedWebhook({ type: 'task.completed', data: { task } }, `whsec_${'A'.repeat(32)}`)
    expect((await post(forged)).status).toBe(400)
    await eventually('the refusal is shown', () => output().includes('refused: signature_mismatch\n'))
    expect(output().match(/tsk_1/g)).toHaveLength(1)
    expect((await fetch(url)).status).toBe(404)
  })
})
