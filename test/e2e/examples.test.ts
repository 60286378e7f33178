import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Backhaul } from '#sdk/index.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { packPackages } from '#support/processes/packed-packages.ts'
import {
  newTenant,
  type Service,
  type ServiceProcess,
  startProcess,
  startStandalone,
} from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { signedWebhook } from '#support/receivers/signed-webhook.ts'
import { freePort } from '#support/servers/free-port.ts'

const run = promisify(execFile)
let home: string
let service: Service
let origin: Origin
let backhaul: Backhaul
let env: Record<string, string>
const links: string[] = []

/** As users have them: outside the repository, with the packages from their archives. */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'backhaul-examples-'))
  const archives = await packPackages(home, ['sdk', 'webhooks'])
  await writeFile(join(home, 'package.json'), '{"private": true}')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...archives], { cwd: home })
  for (const name of ['express', 'fastify', 'fastify-plugin', '@types'])
    await symlink(resolve('node_modules', name), join(home, 'node_modules', name))
  await cp('examples', home, { recursive: true })
  ;[service, origin] = await Promise.all([startStandalone(join(home, 'data')), startOrigin()])
  links.push(...['a.bin', 'b.bin'].map((name) => origin.serve(`/${name}`, { bytes: 200_000, seed: name })))
  links.push(`${origin.url}/missing.bin`)
})
beforeEach(async () => {
  const { key } = await newTenant(service.url)
  env = { BACKHAUL_URL: service.url, BACKHAUL_API_KEY: key }
  backhaul = new Backhaul({ baseUrl: service.url, apiKey: key })
})
const programs: ServiceProcess[] = []
afterEach(() => Promise.all(programs.splice(0).map((program) => program.end('SIGKILL'))))
afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(home, { recursive: true, force: true })
})

/** The bytes of what an example has saved. */
const saved = async (example: string) => {
  const folder = join(home, example, 'files')
  const names = (await readdir(folder)).filter((name) => !/^\.|\.part$/.test(name))
  return Promise.all(names.toSorted().map((name) => readFile(join(folder, name))))
}
const wanted = () => ['/a.bin', '/b.bin'].map((path) => origin.content(path))
const allEnded = (session: string) =>
  eventually('all tasks have ended', async () => {
    const { waiting, running } = (await backhaul.sessions.get(session)).taskCounts
    return waiting + running === 0
  })

describe.each([
  ['node', process.execPath, 'mirror.ts', 'mirror'],
  ['curl', 'sh', 'download.sh', 'downloads'],
])('the script of %s', (example, program, script, session) => {
  test('hands over, goes away, and comes back for every file once', async () => {
    const call = (...given: string[]) =>
      run(program, [script, ...given], { cwd: join(home, example), env: { ...userEnvironment, ...env } })
    await call(...links)
    await allEnded(session)
    const { stdout, stderr } = await call()
    expect(stdout.match(/^files\//gm)).toHaveLength(2)
    expect(stderr).toMatch(/404/)
    expect(await saved(example)).toEqual(expect.arrayContaining(wanted()))
    expect((await call()).stdout).toBe('')
  })
})

interface App {
  url: string
  secret: string
  output(): string
}

/** Starts the app with the secret of an endpoint that is made for it, as its README says. */
async function startApp(example: string, entry: string): Promise<App> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { secret } = await backhaul.endpoints.create({ url: `${url}/webhooks/backhaul` })
  const given = { ...env, PORT: String(port), PUBLIC_URL: url, WEBHOOK_SECRET: secret! }
  const program = startProcess(entry, given, { folder: join(home, example) })
  programs.push(program)
  const answers = async () => {
    if (program.child.exitCode !== null) return true
    return (await fetch(`${url}/webhooks/backhaul`, { method: 'POST', body: '{}' })).status === 400
  }
  await eventually('the app listens', answers, { withinMs: 30_000 })
  if (program.child.exitCode !== null) throw new Error(program.output())
  return { url, secret: secret!, output: program.output }
}

const post = (url: string, body: unknown) =>
  fetch(`${url}/imports`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

async function expectFiles(example: string, { output }: App): Promise<void> {
  const files = async () => (await readdir(join(home, example, 'files'))).filter((name) => /^tsk_\w+$/.test(name))
  await eventually('the files are saved', async () => (await files()).length === 2)
  expect(await saved(example)).toEqual(expect.arrayContaining(wanted()))
  await eventually('the failure is told', () => /404/.test(output()))
}

async function expectForgeryRefused({ url, secret, output }: App): Promise<void> {
  const send = ({ body, headers }: ReturnType<typeof signedWebhook>) =>
    fetch(`${url}/webhooks/backhaul`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
  expect((await send(signedWebhook({ type: 'session.wake', data: {} }, secret))).status).toBe(204)
  expect((await send(signedWebhook({ type: 'session.wake', data: {} }))).status).toBe(400)
  await eventually('the refusal is told', () => /no signature matches/i.test(output()))
}

test('the Express app takes downloads, shows how far they are, and saves them when it is called', async () => {
  const app = await startApp('express', 'app.ts')
  // Somebody is looking: no task waits for the wake limiter.
  await backhaul.foreground.enter({ ttlSeconds: 300 })
  const answers = await Promise.all(links.map((link) => post(app.url, { url: link })))
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
  const shown = await fetch(new URL(answers[0]!.headers.get('location')!, app.url))
  expect(await shown.json()).toMatchObject({ id: expect.stringMatching(/^tsk_/) })
  const refused = await post(app.url, { url: 'ftp://example.com/' })
  expect(refused.status).toBe(422)
  expect(((await refused.json()) as { error: string }).error).toMatch(/http/)
  await expectFiles('express', app)
  await expectForgeryRefused(app)
})

test('the Fastify plugin gives an app its client and its webhooks', async () => {
  const app = await startApp('fastify', 'app.ts')
  expect((await post(app.url, { urls: links })).status).toBe(202)
  expect((await post(app.url, { urls: ['ftp://example.com/'] })).status).toBe(422)
  await expectFiles('fastify', app)
  await expectForgeryRefused(app)
})

/** Serves `app/<path>/route.ts`, as Next.js does it. */
const nextServer = `
  import { startFetchServer } from '${resolve('test/support/receivers/fetch-server.ts')}'
  await startFetchServer(async (request) => {
    const { pathname } = new URL(request.url)
    const { [request.method]: handler } = await import(\`./app\${pathname}/route.ts\`)
    return handler(request)
  }, Number(process.env.PORT))
`

test('the route handlers of Next.js take downloads and save them when they are called', async () => {
  await writeFile(join(home, 'nextjs/server.mjs'), nextServer)
  const app = await startApp('nextjs', 'server.mjs')
  expect((await post(app.url, { urls: links })).status).toBe(202)
  const refused = await post(app.url, { urls: ['ftp://example.com/'] })
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/tasks/0/url' }] })
  await expectFiles('nextjs', app)
  await expectForgeryRefused(app)
})

test('the route handlers of Next.js can be built, where no variable is set', async () => {
  const load = `await Promise.all(['imports', 'webhooks/backhaul'].map((path) => import(\`./app/\${path}/route.ts\`)))`
  const options = { cwd: join(home, 'nextjs'), env: userEnvironment }
  await run(process.execPath, ['--input-type=module', '--eval', load], options)
})

test('all of them fit the types of the built packages', async () => {
  const base = resolve('tsconfig.base.json')
  const types = { compilerOptions: { types: ['node'] }, exclude: ['node_modules', 'nextjs'], include: ['*/*.ts'] }
  await writeFile(join(home, 'tsconfig.json'), JSON.stringify({ extends: base, ...types }))
  for (const project of [home, join(home, 'nextjs')])
    await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', project], { cwd: home }).catch(
      ({ stdout }: { stdout: string }) => {
        throw new Error(stdout)
      },
    )
})
