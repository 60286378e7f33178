import { completed, fileWith, theFile, type WildRow } from './row.ts'

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
