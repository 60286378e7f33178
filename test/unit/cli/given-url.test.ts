import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headerOf, timeOf, wantedOf } from '#cli/rules/given-url.ts'
import { localName } from '#cli/rules/local-name.ts'

describe('what is wanted', () => {
  it.each([
    ['https://example.com/a?b=c', { url: 'https://example.com/a?b=c' }],
    ['example.com/a', { url: 'https://example.com/a' }],
    ['tsk_01abc', { taskId: 'tsk_01abc' }],
    ['ftp://example.com/a', null],
    ['file:///etc/passwd', null],
    ['', null],
    ['http://', null],
  ])('%s is %j', (text, wanted) => {
    expect(wantedOf(text)).toEqual(wanted)
  })

  it.each([
    ['Authorization: Bearer a:b', ['Authorization', 'Bearer a:b']],
    ['X-Empty:', ['X-Empty', '']],
    ['no colon', null],
    ['Two Words: a', null],
    ['X-Split: a\r\nHost: b', null],
  ])('the header %j is %j', (text, header) => {
    expect(headerOf(text)).toEqual(header)
  })

  const now = new Date('2026-11-30T12:00:00.000Z')
  const atHour = (hours: number, day: number) => {
    const time = new Date(now)
    time.setDate(time.getDate() + day)
    time.setHours(hours, 30, 0, 0)
    return time.toISOString()
  }
  const [before, behind] = [now.getHours() - 1, now.getHours() + 1]
  it.each<readonly [string, string | null]>([
    ['+2h', '2026-11-30T14:00:00.000Z'],
    ['30min', '2026-11-30T12:30:00.000Z'],
    ['90s', '2026-11-30T12:01:30.000Z'],
    ['2026-12-01T03:00Z', '2026-12-01T03:00:00.000Z'],
    ['2026-13-01', null],
    ['25:00', null],
    ['tomorrow', null],
    ...(before >= 0 && behind < 24
      ? ([
          [`${behind}:30`, atHour(behind, 0)],
          [`${before}:30`, atHour(before, 1)],
        ] as const)
      : []),
  ])('the time %s is %s', (text, time) => {
    expect(timeOf(text, now)).toBe(time)
  })
})

describe('the name of a file', () => {
  const url = 'https://example.com/files/d%C3%A4ta.tar.gz?token=1'
  it.each<[string | null, string]>([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['.bashrc', 'bashrc'],
    ['a\u001b[2J\nb.txt', 'a_[2J b.txt'],
    ['C:\\temp\\x.bin', 'C_temp_x.bin'],
    ['...', 'däta.tar.gz'],
    ['', 'däta.tar.gz'],
    [null, 'däta.tar.gz'],
  ])('%j becomes %s', (suggested, name) => {
    expect(localName(suggested, url)).toBe(name)
  })
  it('is there even when nobody has one', () => {
    expect(localName(null, 'https://example.com/')).toBe('download')
    expect(localName(null, 'https://example.com/%E0%A4%A')).toBe('%E0%A4%A')
  })
  it('is one that every file system takes, in the same folder, whatever the origin says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (suggested) => {
        const name = localName(suggested, url)
        expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(200)
        expect(name).not.toMatch(/^\.|[/\\]|\p{Cc}|^$/u)
      }),
    )
    expect(localName(`${'ä'.repeat(300)}.tar.gz`, url)).toMatch(/ä\.tar\.gz$/)
  })
})
