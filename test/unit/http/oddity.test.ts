import { expect, it } from 'vitest'
import { type Oddity, oddityNote } from '#transfer/http/rules/oddity.ts'
import { maxNoteLength } from '#transfer/http/rules/response-note.ts'

const detailOf = (...oddities: Oddity[]) => oddityNote(new Set(oddities))?.detail

it('names what is odd in one sentence', () => {
  expect(oddityNote(new Set())).toBeNull()
  expect(oddityNote(new Set(['lineEnds']))).toEqual({
    code: 'lenient_head',
    detail: 'The origin sent lines that end in LF.',
  })
  expect(detailOf('lineEnds', 'folded')).toBe('The origin sent lines that end in LF and folded fields.')
})

it('names as much as a note has room for', () => {
  const all: Oddity[] = ['lineEnds', 'linesBefore', 'statusLine', 'malformed', 'folded', 'long', 'lengths', 'both']
  expect(detailOf('lengths', 'lineEnds', 'long', 'linesBefore')).toMatch(/^The origin sent .* and more\.$/)
  for (let n = 1; n <= all.length; n++) expect(detailOf(...all.slice(0, n))!.length).toBeLessThanOrEqual(maxNoteLength)
})
