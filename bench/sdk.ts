/**
 * What the SDK and the command line cost, on the embedded service: tasks a second of `tasks.createMany` beside the same batches by `fetch`,
 * and bytes a second of `backhaul get` beside `curl -o` of the same file's link. Both in turn, medians. Loopback only; ends by itself.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { Backhaul, type GivenTask } from '#sdk/index.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { findProgram } from '#support/servers/server-process.ts'
import { startStaticOrigin } from './static-origin.ts'
import { MiB, makeFile, median } from './test-files.ts'

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '10000' },
    mib: { type: 'string', default: '1024' },
    turns: { type: 'string', default: '5' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log('Usage: node bench/sdk.ts [--tasks 10000] [--mib 1024] [--turns 5]')
  process.exit(0)
}
const tasks = Math.min(Number(values.tasks), 1_000_000)
const bytes = Number(values.mib) * MiB
const turns = Math.min(Number(values.turns), 100)
/** What one request may hold, and what the SDK fills it with. */
const batch = 1_000
const wanted = { createMany: 0.8, get: 0.7 }

const folder = await mkdtemp(join(tmpdir(), 'backhaul-sdk-bench-'))
let service: Service | undefined
try {
  service = await startStandalone(join(folder, 'service'))
  const { key } = await newTenant(service.url)
  const backhaul = new Backhaul({ apiKey: key, baseUrl: service.url })
  await backhaul.sessions.open('bench', { configuration: { delegate: { kind: 'pull' } } })
  await measureCreateMany(backhaul, service.url, key)
  await measureGet(backhaul, service.url, key)
} finally {
  await service?.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
}

/** Tasks that never begin, so that the service does nothing else. */
async function measureCreateMany(backhaul: Backhaul, url: string, key: string): Promise<void> {
  const given: GivenTask[] = Array.from({ length: tasks }, (_, n) => ({
    url: `https://origin.example.com/files/${n}.jpg`,
    suspended: true,
  }))
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const raw = async () => {
    for (let from = 0; from < tasks; from += batch) {
      const response = await fetch(`${url}/v1/sessions/bench/tasks/batch`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify({ tasks: given.slice(from, from + batch) }),
      })
      if (response.status !== 201) throw new Error(await response.text())
      await response.json()
    }
  }
  const sdk = async () => {
    const created = await backhaul.tasks.createMany('bench', given)
    if (created.tasks.length !== tasks) throw new Error(`${created.tasks.length} tasks were created`)
  }
  const rates = await inTurn({ raw, sdk }, (seconds) => tasks / seconds)
  tell(
    'tasks.createMany',
    rates.sdk,
    rates.raw,
    'raw batches',
    (rate) => `${Math.round(rate)} tasks/s`,
    wanted.createMany,
  )
}

/** One file, which the service has fetched before. */
async function measureGet(backhaul: Backhaul, url: string, key: string): Promise<void> {
  if (!findProgram('curl')) await aptInstall(['curl'])
  const origin = await startStaticOrigin(folder)
  const env = { ...process.env, HOME: folder, BACKHAUL_URL: url, BACKHAUL_API_KEY: key }
  const entry = await buildCli()
  try {
    const { name } = await makeFile(origin.folder, 'file', bytes)
    const { id } = await backhaul.tasks.create('bench', { url: origin.url(name), expected: { bytes } })
    const task = await backhaul.tasks.wait(id)
    if (task.state !== 'completed') throw new Error(task.error?.detail)
    const saved = (by: string) => join(folder, `saved-by-${by}`)
    const save = async (by: string, program: string, args: readonly string[]) => {
      await rm(saved(by), { force: true })
      return async () => {
        const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
        const [code] = await once(child, 'close')
        if (code !== 0 || (await stat(saved(by))).size !== bytes) throw new Error(`${by} ended with ${code}`)
      }
    }
    const link = async () => {
      const headers = { authorization: `Bearer ${key}` }
      const response = await fetch(`${url}/v1/tasks/${id}/file`, { headers, redirect: 'manual' })
      return new URL(response.headers.get('location')!, url).href
    }
    const rates = await inTurn(
      {
        curl: async () => await save('curl', 'curl', ['-sS', '--fail', '-o', saved('curl'), await link()]),
        backhaul: () => save('backhaul', process.execPath, [entry, 'get', id, '--quiet', '-o', saved('backhaul')]),
      },
      (seconds) => bytes / seconds,
    )
    tell(
      'backhaul get',
      rates.backhaul,
      rates.curl,
      'curl -o',
      (rate) => `${(rate / MiB).toFixed(1)} MiB/s`,
      wanted.get,
    )
  } finally {
    await origin.close()
  }
}

/** The program as users have it: its sources would spend half a second of each call on types. */
async function buildCli(): Promise<string> {
  const out = join(folder, 'cli')
  const script = fileURLToPath(new URL('../scripts/build-cli.ts', import.meta.url))
  await promisify(execFile)(process.execPath, [script, '--out', out])
  return join(out, 'bin/main.js')
}

/** A measured call, or what prepares it and is not measured. */
type Side = () => Promise<(() => Promise<void>) | void>

/** Medians. Whoever begins takes turns, too. */
async function inTurn<Name extends string>(
  sides: Record<Name, Side>,
  rateOf: (seconds: number) => number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[]
  const rates = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  // The first turn warms up both, and does not count.
  for (let turn = 0; turn <= turns; turn++)
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      let startedMs = performance.now()
      const prepared = await sides[name]()
      if (prepared) {
        startedMs = performance.now()
        await prepared()
      }
      if (turn > 0) rates[name].push(rateOf((performance.now() - startedMs) / 1000))
    }
  return rates
}

function tell(
  what: string,
  ours: readonly number[],
  theirs: readonly number[],
  beside: string,
  text: (rate: number) => string,
  least: number,
): void {
  const ratio = median(ours) / median(theirs)
  const range = (rates: readonly number[]) =>
    `${text(median(rates))} (${text(Math.min(...rates))} to ${text(Math.max(...rates))})`
  console.log(`${what}: ${range(ours)}; ${beside}: ${range(theirs)}; ${ratio.toFixed(2)} x, wanted ${least}`)
  if (ratio < least) process.exitCode = 1
}
