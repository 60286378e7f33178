import { describe, expect, it } from 'vitest'
import { createLlhttp, type ReadResponses } from './llhttp.ts'
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
      const parsed = parseResponse(made.bytes)
      const { status, fields } = parsed.heads.at(-1) ?? {}
      const seen = { result: parsed.result, status, fields, body: parsed.body, length: parsed.bytesRead }
      const { bytes, ...meant } = made
      expect(seen, told(n, bytes, parsed.error)).toEqual({ result: 'whole', ...meant })
    }
  })

  it('accepts nothing that llhttp refuses, and reads the same in it', { timeout: 3_600_000 }, () => {
    const responses = createResponses(seed)
    const seen = { whole: 0, unfinishedHead: 0, unfinishedBody: 0, refused: 0 }
    for (let n = 0; n < cases; n++) {
      const { bytes } = responses.make()
      const mutated = responses.chance(0.05) ? bytes : responses.mutate(bytes)
      const parsed = parseResponse(mutated)
      seen[parsed.result]++
      const problem = differenceFrom(parsed, mutated)
      if (problem !== null) expect.fail(`${problem}: ${told(n, mutated, parsed.error)}`)
    }
    // A comparison in which nothing was accepted, or nothing refused, would say nothing.
    for (const [result, times] of Object.entries(seen)) expect(times, result).toBeGreaterThan(cases / 200)
    expect(seen.whole).toBeGreaterThan(cases / 5)
  })
})

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
