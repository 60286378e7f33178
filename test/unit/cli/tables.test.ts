import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, cut, oneLine, plainJson, plainText } from '#cli/rules/plain-text.ts'
import { bytesText, countText, durationText, momentText } from '#cli/rules/quantities.ts'
import { type Column, tabbedLines, tableLines } from '#cli/rules/table.ts'

interface Row {
  id: string
  state: string
  url: string
}
const columns: Column<Row>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATE', of: ({ state }) => state, spare: 1 },
  { title: 'URL', of: ({ url }) => url, cuttable: true },
]
const rows = [
  { id: 'tsk_1', state: 'waiting', url: 'https://example.com/a/long/way/to/the/file.tar.gz' },
  { id: 'tsk_22', state: 'running', url: 'https://example.com/b' },
]

describe('a table', () => {
  it('has all columns where there is room', () => {
    expect(tableLines(columns, rows, 120)).toEqual([
      'ID      STATE    URL',
      'tsk_1   waiting  https://example.com/a/long/way/to/the/file.tar.gz',
      'tsk_22  running  https://example.com/b',
    ])
  })
  it('leaves out what is spare, then cuts what may be cut, in 40 columns', () => {
    expect(tableLines(columns, rows, 40)).toEqual([
      'ID      URL',
      'tsk_1   https://example.com/a/long/way/…',
      'tsk_22  https://example.com/b',
    ])
  })
  it('never has a line that is longer than the terminal, whatever is in it', () => {
    const row = fc.record({ id: fc.string({ maxLength: 10 }), state: fc.string(), url: fc.string({ maxLength: 300 }) })
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 40, max: 200 }), (rows, width) => {
        for (const line of tableLines(columns, rows, width)) {
          expect([...line].length).toBeLessThanOrEqual(width)
          expect(line).not.toMatch(/\n/)
        }
      }),
    )
  })
  it('is whole in a pipe, with tabs', () => {
    expect(tabbedLines(columns, rows)[0]).toBe('tsk_1\twaiting\thttps://example.com/a/long/way/to/the/file.tar.gz')
  })
})

describe('a text of a stranger', () => {
  it.each([
    ['clear the screen', '\u001b[2Ja', '\uFFFD[2Ja'],
    ['set the title', '\u001b]0;x\u0007', '\uFFFD]0;x\uFFFD'],
    ['write backwards', 'a\u202eb', 'a\uFFFDb'],
    ['go back', 'a\rb\bc', 'a\uFFFDb\uFFFDc'],
  ])('cannot %s', (_what, text, plain) => {
    expect(plainText(text)).toBe(plain)
  })
  it('keeps lines and colours, and is put into one line', () => {
    expect(plainText('a\n\u001b[32mb\u001b[0m')).toBe('a\n\u001b[32mb\u001b[0m')
    expect(oneLine(' a\n\tb ')).toBe('a b')
    expect(oneLine('\u001b[8mhidden\u001b[0m')).toBe('\uFFFD[8mhidden\uFFFD[0m')
    expect(plainText('\u001b[8mhidden')).toBe('\uFFFD[8mhidden')
    expect(plainJson({ name: '\u009b8m\u007f\u202e' })).toBe('{"name":"\\u009b8m\\u007f\\u202e"}')
  })
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['ab', 1, '…'],
    ['ab', 0, ''],
  ])('%s is cut to %i columns', (text, width, cutText) => {
    expect(cut(text, width)).toBe(cutText)
  })
})

describe('quantities', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10_240, '10 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [1.5 * 1024 ** 3, '1.5 GiB'],
    [9.97 * 1024, '10 KiB'],
    [2000 * 1024 ** 5, '2000 PiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })
  it.each([
    [-3, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [3_599, '1 h'],
    [3_700, '1 h 2 min'],
    [86_400, '1 d'],
    [200_000, '2 d 7 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })
  it('moments and counts', () => {
    const now = Date.parse('2026-11-30T12:00:00.000Z')
    expect(momentText('2026-11-30T12:02:00.000Z', now)).toBe('in 2 min')
    expect(momentText('2026-11-30T11:00:00.000Z', now)).toBe('1 h ago')
    expect([countText(1, 'task'), countText(1200, 'task')]).toEqual(['1 task', '1,200 tasks'])
  })
})

describe('the columns of a text', () => {
  it.each([
    ['abc…', 4],
    ['中文.txt', 8],
    ['ひらカナ한글', 12],
    ['e\u0301', 1],
    ['🎉', 2],
    ['ü█', 2],
  ])('%s are those of a terminal', (text, columns) => expect(columnsOf(text)).toBe(columns))

  it('bound what is cut', () => {
    expect(cut('中文文件.txt', 12)).toBe('中文文件.txt')
    expect(cut('中文文件.txt', 8)).toBe('中文文…')
    expect(cut('中文文件.txt', 7)).toBe('中文文…')
    expect(cut('中文', 0)).toBe('')
  })
})
