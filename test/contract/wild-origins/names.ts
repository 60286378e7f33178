import { createHash } from 'node:crypto'
import type { WarningCode } from '#core/tasks/rules/file-warnings.ts'
import { completed, fileWith, lines, theFile, type WildRow } from './row.ts'

const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const named = (that: string, disposition: string, suggestedFilename: string): WildRow => ({
  that,
  does: fileWith(`Content-Disposition: ${disposition}`),
  path: '/files/data.bin',
  becomes: { ...completed(), stored: theFile, response: { suggestedFilename } },
})

/** What a file is called. */
export const names: WildRow[] = [
  named('names no file', 'attachment', 'data.bin'),
  named(
    'names a file without quotes and with spaces',
    'attachment; filename=annual report 2024.pdf',
    'annual report 2024.pdf',
  ),
  named('names a file in single quotes', "attachment; filename='a b.txt'", "'a b.txt'"),
  named('has a name inside of a title', 'attachment; title="x; filename=evil.exe"', 'data.bin'),
  named('has a semicolon in the name', 'attachment; filename="a; b.txt"; size=28', 'a; b.txt'),
  named('quotes the extended name', `attachment; filename*="UTF-8''%e2%82%ac%20rates.txt"`, '€ rates.txt'),
  named('has both names', `attachment; filename="EUR.txt"; filename*=UTF-8''%e2%82%ac.txt`, '€.txt'),
  named('has an extended name that is no UTF-8', `attachment; filename*=UTF-8''%ff; filename="plain.txt"`, 'plain.txt'),
  named('names a file in Base64 words', 'attachment; filename="=?UTF-8?B?w6RrdGUucGRm?="', 'äkte.pdf'),
  named('names a file in quoted words', 'attachment; filename="=?ISO-8859-1?Q?=E4kte_1.pdf?="', 'äkte 1.pdf'),
  named('names a file in raw UTF-8', `attachment; filename="${utf8('日本語.pdf')}"`, '日本語.pdf'),
  named('names a file in raw Latin-1', 'attachment; filename="Gr\xf6\xdfe.pdf"', 'Größe.pdf'),
  named('names a file in sections', 'attachment; filename*0="annual "; filename*1="report.pdf"', 'annual report.pdf'),
  named('names a file in escaped sections', `attachment; filename*0*=UTF-8''%C3; filename*1*=%A4.pdf`, 'ä.pdf'),
  named('never closes the quotes of the name', 'attachment; filename="report.pdf', 'report.pdf'),
  named('names a path of Windows', 'attachment; filename="C:\\new\\report.pdf"', 'report.pdf'),
  named('names a path upwards', 'attachment; filename="../../etc/passwd"', 'passwd'),
  named('names a path upwards in words', 'attachment; filename="=?UTF-8?B?Li4vLi4vZXRjL3Bhc3N3ZA==?="', 'passwd'),
]

const body = (text: string, ...fields: string[]) =>
  lines('HTTP/1.1 200 OK', `Content-Length: ${text.length}`, ...fields) + text
const sends = (
  that: string,
  path: string,
  does: string,
  warnings: WarningCode[],
  more: Pick<WildRow, 'task'> = {},
): WildRow => ({ that, path, does, becomes: completed(warnings, does.slice(does.indexOf('\r\n\r\n') + 4)), ...more })
const page = '<!DOCTYPE html><title>Sign in</title><form method=post><input type=password></form>'
const note = '<html><body>No such file</body></html>'
const problem = '{"error":"not found"}'
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a'.repeat(16)}\nsize 12345\n`
const zip = 'PK\x03\x04\x14\0\0\0\x08\0'
const md5 = createHash('md5').update(problem).digest('hex')

/** What came in place of a file. */
export const softFailures: WildRow[] = [
  sends('sends a page without a type for a .zip', '/a.zip', body(note), ['html_instead_of_file']),
  sends('sends a page after empty lines', '/a.zip', body(`\n\n  ${note}`), ['html_instead_of_file']),
  sends('sends a page as a PDF', '/a.pdf', body(note, 'Content-Type: application/pdf'), ['html_instead_of_file']),
  sends('sends a page without a type for a page', '/a.html', body(note), []),
  sends('sends the file as text/html', '/a.zip', body(zip, 'Content-Type: text/html'), []),
  sends('sends the file without a type', '/a.zip', body(zip), []),
  sends('sends JSON for a .zip', '/a.zip', body(problem, 'Content-Type: application/json'), ['json_instead_of_file']),
  sends('sends JSON without a type for a .zip', '/a.zip', body(problem), ['json_instead_of_file']),
  sends('sends a problem for an image', '/a.png', body(problem, 'Content-Type: application/problem+json'), [
    'json_instead_of_file',
  ]),
  sends('sends JSON for a .json', '/a.json', body(problem, 'Content-Type: application/json'), []),
  sends('sends JSON where nothing speaks of a file', '/a', body(problem, 'Content-Type: application/json'), []),
  sends(
    'sends JSON labelled as the type that is expected',
    '/a',
    body(problem, 'Content-Type: application/zip'),
    ['json_instead_of_file'],
    { task: { expected: { mimeTypes: ['application/zip'] } } },
  ),
  sends('sends JSON with the digest that is expected', '/a.zip', body(problem), [], { task: { expected: { md5 } } }),
  sends('sends a pointer of Git LFS', '/model.bin', body(pointer, 'Content-Type: text/plain'), ['lfs_pointer']),
  sends(
    'sends a form where a file of a size is expected',
    '/data',
    body(page, 'Content-Type: text/html'),
    ['html_instead_of_file'],
    { task: { countOfBytesClientExpectsToReceive: 5_000_000 } },
  ),
  sends(
    'sends a form where a limit speaks of a file',
    '/get',
    body(page, 'Content-Type: text/html; charset=utf-8'),
    ['html_instead_of_file'],
    { task: { maximumBytes: 5_000_000 } },
  ),
  sends('sends a form where nothing speaks of a file', '/login', body(page, 'Content-Type: text/html'), []),
  {
    that: 'sends a page to its login for a .zip',
    path: '/a.zip',
    does: ({ path }) =>
      path === '/a.zip' ? lines('HTTP/1.1 302 Found', 'Location: /login', 'Content-Length: 0') : body(page),
    becomes: completed(['html_instead_of_file'], page),
  },
  {
    that: 'sends a page in small chunks',
    path: '/a.zip',
    does: `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}1\r\n<\r\n4\r\nhtml\r\n1\r\n>\r\n0\r\n\r\n`,
    becomes: completed(['html_instead_of_file'], '<html>'),
  },
]
