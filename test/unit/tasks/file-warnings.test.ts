import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { warningCodes, warningsOf } from '#core/tasks/rules/file-warnings.ts'
import type { Task, TaskFile } from '#core/tasks/rules/task.ts'
import { aTask } from '#support/builders/task.ts'
import type { Expected } from '#transfer/engine/rules/expected.ts'
import { responseNoteCodes } from '#transfer/http/rules/response-note.ts'
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

  it('come together, one of each kind', () => expect(codes(everything)).toEqual(warningCodes))

  it('are none while there is no file: an error says what is wrong', () => {
    expect(codes({ ...everything, file: null })).toEqual([])
    expect(codes({ ...everything, file: null, state: 'failed' })).toEqual([])
  })

  it.each([
    [{}, warningCodes],
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
