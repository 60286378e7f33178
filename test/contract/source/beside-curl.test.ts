import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, read, serve } from '#support/client/source.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { findProgram } from '#support/servers/server-process.ts'
import { createResponses } from '../../unit/http/mutated-responses.ts'
import { framing } from '../wild-origins/framing.ts'

const run = promisify(execFile)
/** `CURL_SEED` and `CURL_CASES` go on looking elsewhere. */
const seed = Number(process.env.CURL_SEED ?? 20_261_129)
const cases = Number(process.env.CURL_CASES ?? 400)
const atOnce = 8

let folder: string
let files = 0

beforeAll(async () => {
  if (!findProgram('curl')) await aptInstall(['curl'])
  folder = await mkdtemp(join(tmpdir(), 'backhaul-curl-'))
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The bytes of the file that curl leaves behind, whatever it says in the end; null: none. */
async function storedByCurl(url: string): Promise<Buffer | null> {
  const path = join(folder, `${files++}`)
  await run('curl', ['-sS', '--max-time', '10', '-H', 'Accept-Encoding: identity', '-o', path, url]).catch(() => {})
  return readFile(path).catch(() => null)
}

/** What we take for a whole body; null: we refuse the response. */
async function storedByUs(url: string): Promise<Buffer | null> {
  return open(url)
    .then(read, () => null)
    .catch(() => null)
}

/** Each of the responses read by both. The origin closes behind it. */
async function readByBoth(responses: readonly Buffer[]): Promise<{ ours: Buffer | null; theirs: Buffer | null }[]> {
  const origin = await serve(({ path }) => responses[Number(path.slice(1))])
  const results: { ours: Buffer | null; theirs: Buffer | null }[] = []
  const waiting = [...responses.keys()]
  const work = async () => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
      const [ours, theirs] = await Promise.all([storedByUs(origin.url(`/${n}`)), storedByCurl(origin.url(`/${n}`))])
      results[n] = { ours, theirs }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

describe('beside curl', () => {
  it('stores no other bytes, of all origins whose framing is odd', async () => {
    const rows = framing.filter((row) => typeof row.does === 'string')
    const results = await readByBoth(rows.map(({ does }) => Buffer.from(does as string, 'latin1')))
    const problems = results.flatMap(({ ours, theirs }, n) =>
      ours !== null && theirs !== null && !ours.equals(theirs) ? [rows[n]!.that] : [],
    )
    expect(problems).toEqual([])
    // Otherwise nothing was compared.
    expect(results.filter(({ ours, theirs }) => ours !== null && theirs !== null).length).toBeGreaterThan(40)
  })

  it('stores no other bytes, of responses that were changed at random', { timeout: 3_600_000 }, async () => {
    const responses = createResponses(seed)
    const made = Array.from({ length: cases }, () => responses.mutate(responses.make().bytes))
    const results = await readByBoth(made)
    for (const [n, { ours, theirs }] of results.entries()) {
      if (ours === null || theirs === null || ours.equals(theirs)) continue
      const text = made[n]!.toString('latin1')
      // RFC 9110 §15.3.6: a 205 has no content; curl reads it all the same.
      if (ours.length === 0 && / 205/.test(text)) continue
      expect.fail(
        `case ${n} of seed ${seed}: ${JSON.stringify(text)}: ${ours.toString('latin1')}, ${theirs.toString('latin1')}`,
      )
    }
    expect(results.filter(({ ours, theirs }) => ours !== null && theirs !== null).length).toBeGreaterThan(cases / 4)
  })
})
