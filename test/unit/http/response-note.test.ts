import { expect, it } from 'vitest'
import {
  maxNoteLength,
  maxNotes,
  type ResponseNote,
  responseNoteCodes,
  withNote,
} from '#transfer/http/rules/response-note.ts'

const note = (code: ResponseNote['code'], detail = 'It was odd.'): ResponseNote => ({ code, detail })

it('adds a note behind the others', () => {
  const first = withNote([], note('lenient_head'))
  expect(withNote(first, note('no_content'))).toEqual([note('lenient_head'), note('no_content')])
})

it('keeps the first of two notes with one code', () => {
  const first = withNote([], note('lenient_head', 'first'))
  expect(withNote(first, note('lenient_head', 'second'))).toEqual([note('lenient_head', 'first')])
})

it('is bounded in number and length', () => {
  const long = 'x'.repeat(2 * maxNoteLength)
  const all = responseNoteCodes.reduce<readonly ResponseNote[]>((notes, code) => withNote(notes, note(code, long)), [])
  expect(all).toHaveLength(maxNotes)
  expect(all.every(({ detail }) => detail.length === maxNoteLength)).toBe(true)
})
