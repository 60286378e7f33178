import { describe, expect, it } from 'vitest'
import { type FileConditions, judgeConditions, soundRange } from '#core/files/rules/file-conditions.ts'

const etag = '"a,b"'

describe('a request for a file', () => {
  it.each<[string, FileConditions, ReturnType<typeof judgeConditions>]>([
    ['no condition', {}, 'asked'],
    ['the tag to match', { ifMatch: etag }, 'asked'],
    ['the tag among others to match', { ifMatch: `"x", ${etag} ,"y"` }, 'asked'],
    ['any version to match', { ifMatch: '*' }, 'asked'],
    ['another tag to match', { ifMatch: '"x"' }, 'failed'],
    ['the weak form to match', { ifMatch: `W/${etag}` }, 'failed'],
    ['a part of the tag to match', { ifMatch: '"a"' }, 'failed'],
    ['nothing to match', { ifMatch: '' }, 'failed'],
    ['the tag that it has', { ifNoneMatch: etag }, 'unchanged'],
    ['the weak form of the tag that it has', { ifNoneMatch: `"x",W/${etag}` }, 'unchanged'],
    ['any version that it has', { ifNoneMatch: ' * ' }, 'unchanged'],
    ['another tag that it has', { ifNoneMatch: '"x"' }, 'asked'],
    ['a range of this version', { ifRange: etag }, 'asked'],
    ['a range of another version', { ifRange: '"x"' }, 'whole'],
    ['a range of the weak form', { ifRange: `W/${etag}` }, 'whole'],
    ['a range of a list', { ifRange: `"x", ${etag}` }, 'whole'],
    ['a range of a date', { ifRange: 'Sun, 22 Nov 2026 12:00:00 GMT' }, 'whole'],
    ['another version to match and a range of this one', { ifMatch: '"x"', ifRange: etag }, 'failed'],
    ['this version to match that it has', { ifMatch: etag, ifNoneMatch: etag }, 'unchanged'],
    ['another version that it has, and a range of that', { ifNoneMatch: '"x"', ifRange: '"x"' }, 'whole'],
  ])('with %s gets %3$s', (_, conditions, expected) => {
    expect(judgeConditions(conditions, etag)).toBe(expected)
  })
})

describe('the Range of a request for a file of ten bytes', () => {
  it.each([
    ['bytes=2-4', 'bytes=2-4'],
    ['bytes=2-', 'bytes=2-'],
    ['bytes=-10', 'bytes=-10'],
    ['bytes=-11', 'bytes=0-'],
    ['bytes=-99999999999999999999', 'bytes=0-'],
    ['bytes=-0', 'bytes=-0'],
    ['bytes=0-1, -11', 'bytes=0-1,0-'],
    ['bytes= 0-1 ,4-5', 'bytes=0-1,4-5'],
    ['bytes=12-', 'bytes=12-'],
  ])('%s asks for %s', (field, expected) => {
    expect(soundRange(field, 10)).toBe(expected)
  })

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=5',
    'bytes=a-b',
    'bytes=a-3',
    'bytes=1x-3',
    'bytes=0-1,5',
    'bytes=--1',
    'bytes=0-1=2',
    'lines=0-1',
  ])('is none when it is %j', (field) => {
    expect(soundRange(field, 10)).toBeNull()
  })
})
