/**
 * The origins of test/contract/wild-origins through curl: where a task ends otherwise than one call of curl does, and why.
 * Fails when both store a file and the bytes differ. Loopback only; ends by itself.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { WildRow } from '../test/contract/wild-origins/row.ts'
import { startRow } from '../test/contract/wild-origins/start-row.ts'

const usage = 'Usage: node bench/wild.ts [--all]\n  --all   also the rows in which both do the same'
const { values } = parseArgs({ options: { all: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
if (values.help) {
  console.log(usage)
  process.exit(0)
}

/** As a user would write it: redirects followed, cookies kept, error statuses fail, and no coding asked for. */
const curlArguments = [
  '-sS',
  '--fail',
  '--location',
  '--max-redirs',
  '10',
  '--max-time',
  '10',
  '-H',
  'Accept-Encoding: identity',
  '--cookie',
  '',
]
/** Of curl's, at most so many at once. */
const parallel = 8

interface CurlResult {
  /** Null: curl failed. */
  stored: Buffer | null
  said: string
}

const folder = await mkdtemp(join(tmpdir(), 'backhaul-wild-'))
const rows = await allRows()
const counts = { same: 0, onlyOurs: 0, onlyCurl: 0, otherBytes: 0 }
try {
  const waiting = [...rows.entries()]
  const results: { row: WildRow; curl: CurlResult }[] = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results.push({ row: next[1], curl: await runCurl(...next) })
  }
  await Promise.all(Array.from({ length: parallel }, work))
  for (const { row, curl } of results) report(row, curl)
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log(
  `\n${rows.length} origins: ${counts.same} end alike, ${counts.onlyOurs} files only here, ${counts.onlyCurl} only with curl, ${counts.otherBytes} with other bytes`,
)
process.exit(counts.otherBytes === 0 ? 0 : 1)

async function allRows(): Promise<WildRow[]> {
  const tables = new URL('../test/contract/wild-origins/', import.meta.url)
  const files = (await readdir(tables)).filter((name) => !['row.ts', 'start-row.ts'].includes(name)).toSorted()
  const modules = await Promise.all(files.map((name) => import(new URL(name, tables).href) as Promise<object>))
  return modules.flatMap((module) => Object.values(module).filter(Array.isArray)).flat() as WildRow[]
}

async function runCurl(index: number, row: WildRow): Promise<CurlResult> {
  const { url, close } = await startRow(row)
  const to = join(folder, String(index))
  const given = Object.entries((row.task?.headers ?? {}) as Record<string, string>)
  const headers = given.flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  try {
    const { code, said } = await new Promise<{ code: number; said: string }>((resolve, reject) =>
      execFile('curl', [...curlArguments, ...headers, '--output', to, url], (error, _, stderr) => {
        if (error && typeof error.code !== 'number') reject(error)
        else resolve({ code: error ? Number(error.code) : 0, said: stderr.trim() })
      }),
    )
    // A body without bytes makes no file.
    const stored = code === 0 ? await readFile(to).catch(() => Buffer.alloc(0)) : null
    return { stored, said }
  } finally {
    await close()
  }
}

function report({ that, becomes }: WildRow, curl: CurlResult): void {
  const ours = becomes.state === 'completed' ? Buffer.from(becomes.stored as string, 'latin1') : null
  const isSame = ours === null || curl.stored === null ? ours === curl.stored : ours.equals(curl.stored)
  if (isSame) counts.same += 1
  else if (curl.stored === null) counts.onlyOurs += 1
  else if (ours === null) counts.onlyCurl += 1
  else counts.otherBytes += 1
  if (isSame && !values.all) return
  const here =
    becomes.state === 'completed'
      ? `completed, ${ours!.length} bytes${becomes.warnings?.length ? `, with ${becomes.warnings.join(' and ')}` : ''}`
      : `${becomes.state === 'failed' ? 'failed' : 'tried again'}${becomes.error ? `, ${becomes.error}` : ''}`
  const there = curl.stored === null ? `failed: ${curl.said}` : `${curl.stored.length} bytes`
  console.log(`${isSame ? '=' : '!'} An origin that ${that}\n    here: ${here}\n    curl: ${there}`)
}
