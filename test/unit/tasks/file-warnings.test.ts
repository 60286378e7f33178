import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { warningCodes, warningsOf } from '#core/tasks/rules/file-warnings.ts'
import type { Task, TaskFile } from '#core/tasks/rules/task.ts'
import { aTask } from '#support/builders/task.ts'
import type { Expected } from '#transfer/bytes/rules/expected.ts'
import { responseNoteCodes } from '#transfer/http/rules/response-note.ts'
import type { Sniffed } from '#transfer/http/rules/sniff.ts'
import type { TaskResponse } from '#transfer/http/rules/transaction.ts'

const response: TaskResponse = {
  status: 200,
  mimeType: 'application/octet-stream',
  suggestedFilename: 'download',
  etag: null,
  lastModified: null,
}
const file: TaskFile = {
  state: 'temporary',
  key: 'k',
  bytes: 1000,
  checksums: { crc32: 'y/Q5Jg==' },
  leaseExpiresAt: null,
}
const at = (url: string) => ({ url, headers: {} })
const plain = 'https://example.com/download'
const codes = (changes: Partial<Task>) =>
  warningsOf(aTask({ request: at(plain), response, file, ...changes })).map(({ code }) => code)

describe('a page instead of a file', () => {
  const names = (changes: Partial<Task>, said: Partial<TaskResponse> = {}) =>
    codes({ response: { ...response, mimeType: 'text/html', ...said }, ...changes })

  it.each([
    'https://example.com/data.tar.gz',
    'https://example.com/DATA.ZIP',
    'https://example.com/a.zip?next=/index.html#top',
    'https://example.com/wiki/File:Picture.jpg',
    'https://example.com/feed.xml',
    'https://example.com/a.parquet',
  ])('is warned of at %s', (url) => {
    expect(names({ request: at(url) })).toEqual(['html_instead_of_file'])
    expect(names({ request: at(url), currentUrl: 'https://login.example.com/sign-in' })).toHaveLength(1)
    expect(names({ currentUrl: url })).toHaveLength(1)
  })

  it.each([
    'https://example.com/',
    'https://example.com/index.html',
    'https://example.com/report.php?file=a.zip',
    'https://example.com/report.aspx#a.pdf',
    'https://example.com/zip',
    'https://example.com/a.zip/',
    'https://example.com/a.zip/readme',
    'https://archive.zip/',
    'https://example.com/notes.txt',
    'https://example.com/a.constructor',
  ])('is what one may expect at %s', (url) => expect(names({ request: at(url), currentUrl: url })).toEqual([]))

  it('is warned of when only the name that the origin suggests ends like a file', () => {
    expect(names({}, { suggestedFilename: 'report.PDF' })).toEqual(['html_instead_of_file'])
    expect(names({}, { suggestedFilename: 'report.html' })).toEqual([])
  })

  it.each([
    ['text/html', 'a.zip', 1],
    ['application/xhtml+xml', 'a.zip', 1],
    ['application/xhtml+xml', 'a.xml', 0],
    ['text/plain', 'a.zip', 0],
    ['application/octet-stream', 'a.zip', 0],
    [null, 'a.zip', 0],
  ])('is of type %s where %s was asked for: %d', (mimeType, name, count) => {
    expect(names({ request: at(`https://example.com/${name}`) }, { mimeType })).toHaveLength(count)
  })

  it('says what came and what the name ends in', () => {
    const task = aTask({ request: at('https://example.com/a.Tgz'), file })
    expect(warningsOf({ ...task, response: { ...response, mimeType: 'text/html' } })).toEqual([
      {
        code: 'html_instead_of_file',
        detail: 'the origin sent a page (text/html) where the name ends in .tgz',
      },
    ])
  })
})

describe('the first bytes of a file', () => {
  const html: Sniffed = { kind: 'html' }
  const form: Sniffed = { kind: 'html', hasForm: true }
  const json: Sniffed = { kind: 'json' }
  const at = (path: string) => ({ url: `https://example.com${path}`, headers: {} })
  const of = (path: string, mimeType: string | null, sniffed: Sniffed | null, changes: Partial<Task> = {}) =>
    codes({ request: at(path), response: { ...response, mimeType, sniffed }, ...changes })

  it.each([
    ['/a.zip', null, html, ['html_instead_of_file']],
    ['/a.csv', null, html, ['html_instead_of_file']],
    ['/a.zip', 'application/octet-stream', html, ['html_instead_of_file']],
    ['/a.pdf', 'application/pdf', html, ['html_instead_of_file']],
    ['/a.zip', 'application/json', html, ['html_instead_of_file']],
    ['/a.csv', 'text/plain', html, []],
    ['/a.xml', null, html, []],
    ['/a.svg', null, html, []],
    ['/a.html', null, html, []],
    ['/a', null, html, []],
    ['/a.zip', null, null, []],
    ['/a.zip', 'text/html', { kind: 'binary' }, []],
    ['/a.zip', 'text/html', null, ['html_instead_of_file']],
    ['/a.zip', 'text/html', { kind: 'other', hasForm: true }, ['html_instead_of_file']],
    ['/a.zip', null, { kind: 'other', hasForm: true }, []],
  ] as [string, string | null, Sniffed | null, string[]][])('of %s, %s, %j', (path, mimeType, sniffed, expected) => {
    expect(of(path, mimeType, sniffed)).toEqual(expected)
  })

  it.each([
    ['/a.zip', 'application/json', null, ['json_instead_of_file']],
    ['/a.zip', 'application/problem+json', null, ['json_instead_of_file']],
    ['/a.zip', 'text/json', null, ['json_instead_of_file']],
    ['/a.zip', null, json, ['json_instead_of_file']],
    ['/a.zip', 'application/zip', json, ['json_instead_of_file']],
    ['/a.zip', 'text/html', json, ['json_instead_of_file']],
    ['/a.zip', 'application/json', { kind: 'binary' }, []],
    ['/a.json', 'application/json', json, []],
    ['/a.geojson', 'application/geo+json', json, []],
    ['/a.json', 'text/html', json, []],
    ['/a.txt', 'application/json', json, []],
    ['/a', 'application/json', json, []],
  ] as [string, string | null, Sniffed | null, string[]][])('of %s, %s, %j', (path, mimeType, sniffed, expected) => {
    expect(of(path, mimeType, sniffed)).toEqual(expected)
  })

  it.each([
    [['application/zip'], json, ['json_instead_of_file']],
    [['application/zip', 'image/png'], json, ['json_instead_of_file']],
    [['application/zip'], html, ['html_instead_of_file']],
    [['application/zip', 'application/json'], json, []],
    [['application/octet-stream'], json, []],
    [['application/vnd.api+json'], json, []],
    [['text/csv'], html, []],
    [[], json, []],
  ])('where %j are expected: %j', (mimeTypes, sniffed, expected) => {
    expect(of('/a', 'application/zip', sniffed, { expected: { mimeTypes } })).toEqual(expected)
  })

  it('may be a pointer of Git LFS', () => {
    const pointer: Sniffed = { kind: 'lfsPointer' }
    expect(of('/a.bin', 'text/plain', pointer)).toEqual(['lfs_pointer'])
    expect(of('/a', null, pointer)).toEqual(['lfs_pointer'])
    expect(of('/a', null, pointer, { expected: { sha256: 'a' } })).toEqual([])
  })

  it.each([
    [{ countOfBytesClientExpectsToReceive: 5_000_000 }, 1],
    [{ countOfBytesClientExpectsToReceive: 10 }, 1],
    [{ countOfBytesClientExpectsToReceive: 1000 }, 0],
    [{ countOfBytesClientExpectsToReceive: 1000, maximumBytes: 5_000_000 }, 0],
    [{ maximumBytes: 5_000_000 }, 1],
    [{}, 0],
  ])('may be a page with a form where a file was expected: %j', (changes, count) => {
    const warned = (path: string, sniffed: Sniffed, more: Partial<Task> = {}) =>
      of(path, 'text/html', sniffed, { ...changes, ...more }).filter((code) => code === 'html_instead_of_file').length
    expect(warned('/data', form)).toBe(count)
    expect(warned('/data', { kind: 'other', hasForm: true })).toBe(count)
    expect(warned('/data', html)).toBe(0)
    expect(warned('/', form)).toBe(0)
    expect(warned('/index.html', form)).toBe(0)
    expect(warned('/data', form, { expected: { mimeTypes: ['text/html'] } })).toBe(0)
    expect(warned('/data', form, { expected: { md5: 'a' } })).toBe(0)
  })

  it('are told of in words', () => {
    const detail = (sniffed: Sniffed, mimeType: string | null, changes: Partial<Task> = {}) =>
      warningsOf(aTask({ request: at('/a.zip'), file, response: { ...response, mimeType, sniffed }, ...changes }))[0]!
        .detail
    expect(detail(html, null)).toBe('the origin sent a page (by its first bytes) where the name ends in .zip')
    expect(detail(json, 'application/json')).toBe('the origin sent JSON (application/json) where the name ends in .zip')
    expect(detail(json, 'image/png', { expected: { mimeTypes: ['image/png'] } })).toBe(
      'the origin sent JSON (by its first bytes) where image/png was expected',
    )
    expect(detail(form, 'text/html', { request: at('/a'), maximumBytes: 9999 })).toBe(
      'the origin sent a page (text/html) with a form where a file was expected',
    )
  })
})

describe('an unexpected size', () => {
  it.each([
    [1000, 1000, 0],
    [1100, 1000, 0],
    [1101, 1000, 1],
    [500, 1000, 0],
    [0, 0, 0],
    [1, 0, 1],
    [9, 8, 1],
    [11, 10, 0],
    [2 ** 53 - 1, 8e15, 1],
  ])('of %d bytes where %d were expected: %d', (bytes, guess, count) => {
    expect(codes({ file: { ...file, bytes }, countOfBytesClientExpectsToReceive: guess })).toHaveLength(count)
  })

  it('is none where nothing was guessed', () => {
    expect(codes({ file: { ...file, bytes: 1e12 } })).toEqual([])
  })

  it('says both sizes', () => {
    expect(warningsOf(aTask({ request: at(plain), file, countOfBytesClientExpectsToReceive: 10 }))).toEqual([
      {
        code: 'unexpected_size',
        detail: 'the file has 1000 bytes, countOfBytesClientExpectsToReceive said 10',
      },
    ])
  })
})

describe('a length that nothing verified', () => {
  it.each([
    [false, ['length_not_verified']],
    [true, []],
    [undefined, []],
  ])('with lengthVerified %s: %j', (lengthVerified, expected) => {
    const said = lengthVerified === undefined ? response : { ...response, lengthVerified }
    expect(codes({ response: said })).toEqual(expected)
  })
})

describe('warnings', () => {
  const notes = responseNoteCodes.map((code) => ({ code, detail: 'It was odd.' }))
  const everything: Partial<Task> = {
    request: at('https://example.com/a.zip'),
    response: { ...response, mimeType: 'text/html', lengthVerified: false, notes },
    countOfBytesClientExpectsToReceive: 1,
  }

  // A file is one thing instead of another.
  const together = warningCodes.filter((code) => code !== 'json_instead_of_file' && code !== 'lfs_pointer')

  it('come together, one of each kind', () => expect(codes(everything)).toEqual(together))

  it('are none while there is no file: an error says what is wrong', () => {
    expect(codes({ ...everything, file: null })).toEqual([])
    expect(codes({ ...everything, file: null, state: 'failed' })).toEqual([])
  })

  it.each([
    [{}, together],
    [{ sha256: 'a' }, responseNoteCodes],
    [{ md5: 'a' }, responseNoteCodes],
    [{ crc32: 'a' }, responseNoteCodes],
    [{ bytes: 1000 }, ['html_instead_of_file', ...responseNoteCodes]],
    [{ mimeTypes: ['text/html'] }, ['unexpected_size', 'length_not_verified', ...responseNoteCodes]],
  ] as [Expected, string[]][])('do not doubt what was checked: %j', (expected, left) => {
    expect(codes({ ...everything, expected })).toEqual(left)
  })

  it('are of few and short words, whatever the origin and the client have said', () => {
    const text = fc.string({ maxLength: 300, unit: 'binary' })
    const bytes = fc.nat({ max: Number.MAX_SAFE_INTEGER })
    const mimeType = fc.constantFrom('text/html', 'application/xhtml+xml', null)
    fc.assert(
      fc.property(fc.webUrl(), text, mimeType, bytes, bytes, (url, suggestedFilename, mimeType, size, guess) => {
        const found = warningsOf(
          aTask({
            request: at(url),
            response: { ...response, mimeType, suggestedFilename: `${suggestedFilename}.zip`, lengthVerified: false },
            file: { ...file, bytes: size },
            countOfBytesClientExpectsToReceive: guess,
          }),
        )
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length)
        expect(JSON.stringify(found).length).toBeLessThan(500)
      }),
    )
  })
})
