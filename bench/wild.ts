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
  const plain = await curlOf(row, join(folder, String(index)), [])
  // Curl stores codings as they come. Ours are compared as a client reads them through the link, or decoded.
  const isCoded = warningsOf(row).includes('content_encoded') || row.session?.contentDecoding === 'decode'
  const isOther = plain.stored !== null && storedHere(row) !== null && !storedHere(row)!.equals(plain.stored)
  return isCoded && isOther ? await curlOf(row, join(folder, `${index}-decoded`), ['--compressed']) : plain
}

async function curlOf(row: WildRow, to: string, more: readonly string[]): Promise<CurlResult> {
  const { url, close } = await startRow(row)
  const given = { ...(row.session?.httpAdditionalHeaders ?? {}), ...(row.task?.headers ?? {}) } as Record<
    string,
    string
  >
  const headers = Object.entries(given).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const all = [...curlArguments, ...headers, ...more, '--write-out', '%{http_code}', '--output', to, url]
  try {
    const { code, status, said } = await new Promise<{ code: number; status: number; said: string }>(
      (resolve, reject) =>
        execFile('curl', all, (error, stdout, stderr) => {
          if (error && typeof error.code !== 'number') reject(error)
          else resolve({ code: error ? Number(error.code) : 0, status: Number(stdout), said: stderr.trim() })
        }),
    )
    if (code !== 0) return { stored: null, said }
    if (status === 202 || status >= 300) return { stored: null, said: `status ${status}, which --fail lets pass` }
    // A body without bytes makes no file.
    return { stored: await readFile(to).catch(() => Buffer.alloc(0)), said }
  } finally {
    await close()
  }
}

function storedHere({ becomes }: WildRow): Buffer | null {
  return becomes.state === 'completed' ? Buffer.from(becomes.stored as string, 'latin1') : null
}

function warningsOf({ becomes }: WildRow): readonly string[] {
  return becomes.state === 'completed' ? (becomes.warnings ?? []) : []
}

function report(row: WildRow, curl: CurlResult): void {
  const { that, becomes } = row
  const ours = storedHere(row)
  const isSame = ours === null || curl.stored === null ? ours === curl.stored : ours.equals(curl.stored)
  if (isSame) counts.same += 1
  else if (curl.stored === null) counts.onlyOurs += 1
  else if (ours === null) counts.onlyCurl += 1
  else counts.otherBytes += 1
  if (isSame && !values.all) return
  const here =
    becomes.state === 'completed'
      ? [`completed, ${ours!.length} bytes`, ...warningsOf(row)].join(', ')
      : `${becomes.state === 'failed' ? 'failed' : 'tried again'}${becomes.error ? `, ${becomes.error}` : ''}`
  const there = curl.stored === null ? `failed: ${curl.said}` : `${curl.stored.length} bytes`
  console.log(`${isSame ? '=' : '!'} An origin that ${that}\n    here: ${here}\n    curl: ${there}`)
}
