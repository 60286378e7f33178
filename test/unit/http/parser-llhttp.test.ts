import { describe, expect, it } from 'vitest'
import { createLlhttp, lenientFlags, type ReadResponses } from './llhttp.ts'
import { createResponses } from './mutated-responses.ts'
import { type ParsedResponse, parseResponse } from './parsed-responses.ts'

/** `FUZZ_SEED` and `FUZZ_CASES` go on looking elsewhere. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_204)
const cases = Number(process.env.FUZZ_CASES ?? 30_000)

describe('our parser beside llhttp', () => {
  it('reads valid responses as they were meant', () => {
    const responses = createResponses(seed)
    for (let n = 0; n < 5_000; n++) {
      const made = responses.make()
      const parsed = parseResponse(made.bytes, 'strict')
      const { status, fields } = parsed.heads.at(-1) ?? {}
      const seen = { result: parsed.result, status, fields, body: parsed.body, length: parsed.bytesRead }
      const { bytes, ...meant } = made
      expect(seen, told(n, bytes, parsed.error)).toEqual({ result: 'whole', ...meant })
      // And a lenient reader notices nothing.
      expect(parseResponse(made.bytes, 'lenient')).toEqual(parsed)
    }
  })

  it('accepts nothing that llhttp refuses, and reads the same in it', { timeout: 3_600_000 }, () => {
    const responses = createResponses(seed)
    const seen = { whole: 0, unfinishedHead: 0, unfinishedBody: 0, refused: 0 }
    for (let n = 0; n < cases; n++) {
      const { bytes } = responses.make()
      const mutated = responses.chance(0.05) ? bytes : responses.mutate(bytes)
      const parsed = parseResponse(mutated, 'strict')
      seen[parsed.result]++
      const problem = differenceFrom(parsed, mutated)
      if (problem !== null) expect.fail(`${problem}: ${told(n, mutated, parsed.error)}`)
    }
    // A comparison in which nothing was accepted, or nothing refused, would say nothing.
    for (const [result, times] of Object.entries(seen)) expect(times, result).toBeGreaterThan(cases / 200)
    expect(seen.whole).toBeGreaterThan(cases / 5)
  })

  it('reads what is odd as llhttp does where that is lenient too', { timeout: 3_600_000 }, () => {
    const responses = createResponses(seed + 1)
    const seen = { odd: 0, both: 0 }
    for (let n = 0; n < cases; n++) {
      const { bytes } = responses.make()
      const mutated = responses.mutate(bytes)
      const strict = parseResponse(mutated, 'strict')
      const parsed = parseResponse(mutated, 'lenient')
      // What is read strictly is not read in another way.
      if (strict.result !== 'refused') expect(parsed, told(n, mutated, parsed.error)).toEqual(strict)
      if (strict.result === 'whole' || parsed.result !== 'whole') continue
      seen.odd++
      const read = readLeniently(mutated)
      if (read === null) continue
      seen.both++
      const problem = lenientDifference(parsed, read, mutated)
      if (problem !== null) expect.fail(`${problem}: ${[...parsed.oddities]}, ${told(n, mutated, parsed.error)}`)
    }
    expect(seen.odd).toBeGreaterThan(cases / 10)
    expect(seen.both).toBeGreaterThan(cases / 40)
  })
})

/** All that the bytes hold, to the end of the connection; null where llhttp refuses something. */
function readLeniently(bytes: Buffer): ReadResponses | null {
  const llhttp = createLlhttp(lenientFlags)
  try {
    llhttp.push(bytes)
    if (llhttp.read.ended === 0 || llhttp.read.heads.at(-1)!.status < 200) llhttp.end()
    return llhttp.read.error === null ? llhttp.read : null
  } finally {
    llhttp.close()
  }
}

/** llhttp takes a coding with a tab or a comma behind it for another one. */
const misreadCoding = /transfer-encoding:[^\n]*[\t,]/i
/** Where the line of a size ends in LF alone, it takes an LF at the beginning of the chunk for the end of that line. */
const misreadChunk = /[\da-f][^\r\n]*\n\n/i

function lenientDifference(parsed: ParsedResponse, read: ReadResponses, bytes: Buffer): string | null {
  const final = parsed.heads.at(-1)!
  const theirs = read.heads[parsed.heads.length - 1]
  if (theirs === undefined) return 'llhttp reads fewer heads'
  if (theirs.status !== final.status || theirs.version.split('.')[0] !== '1') return 'the status lines differ'
  const text = bytes.toString('latin1')
  // It reads on behind a 205.
  if (final.status === 205 || misreadCoding.test(text)) return null
  if (parsed.oddities.has('chunkLines') && misreadChunk.test(text)) return null
  // Behind it there may be the body of a next message.
  const isLast = read.heads.length === parsed.heads.length
  const body = isLast ? read.body : read.body.subarray(0, parsed.body.length)
  return body.equals(parsed.body) ? null : `the bodies differ (${JSON.stringify(body.toString('latin1'))})`
}

/** Null, or what llhttp made otherwise of what we accepted. */
function differenceFrom(parsed: ParsedResponse, bytes: Buffer): string | null {
  if (parsed.heads.length === 0) return null
  const final = parsed.heads.at(-1)!
  const llhttp = createLlhttp()
  try {
    const { read } = llhttp
    // All but the last byte first: then what ends, ends with that byte.
    llhttp.push(bytes.subarray(0, parsed.bytesRead - 1))
    const endedBefore = read.ended
    llhttp.push(bytes.subarray(parsed.bytesRead - 1, parsed.bytesRead))
    const headDifference = compareHeads(parsed, read)
    if (headDifference !== null) return headDifference
    // RFC 9110 §15.3.6: a 205 has no content; llhttp reads it all the same, and such a connection is not used again.
    if (final.status === 205 && !final.keepsAlive) return null
    if (parsed.result === 'refused') return null
    if (!read.body.equals(parsed.body)) return 'the bodies differ'
    // A trailer that has not ended is not accepted yet: we look at whole lines.
    if (parsed.result !== 'whole') return null
    if (read.error !== null) return `llhttp refuses with ${read.error}`
    if (parsed.endsWithConnection) {
      llhttp.end()
      return read.error === null && read.ended === parsed.heads.length
        ? null
        : 'llhttp does not end with the connection'
    }
    return endedBefore === parsed.heads.length - 1 && read.ended === parsed.heads.length ? null : 'the ends differ'
  } finally {
    llhttp.close()
  }
}

function compareHeads(parsed: ParsedResponse, read: ReadResponses): string | null {
  for (const [n, ours] of parsed.heads.entries()) {
    const theirs = read.heads[n]
    if (theirs === undefined) return `llhttp does not accept head ${n} (${read.error})`
    if (ours.keepsAlive && !theirs.keepsAlive) return `only we keep the connection of head ${n}`
    const same =
      ours.version === theirs.version &&
      ours.status === theirs.status &&
      ours.fields.length === theirs.fields.length &&
      ours.fields.every(([name, value], at) => theirs.fields[at]?.[0] === name && theirs.fields[at]?.[1] === value)
    if (!same) return `head ${n} differs: ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}`
  }
  return read.heads.length > parsed.heads.length ? 'llhttp reads one more head' : null
}

function told(n: number, bytes: Buffer, error: string | null): string {
  return `case ${n} of seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))} (${error ?? 'accepted'})`
}
