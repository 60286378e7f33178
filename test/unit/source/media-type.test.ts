import { describe, expect, it } from 'vitest'
import { isSameMediaType, mediaType } from '#transfer/source/rules/media-type.ts'

describe('a media type', () => {
  it.each([
    ['application/zip', 'application/zip'],
    ['Application/ZIP; charset=x', 'application/zip'],
    ['application/zip, application/zip', 'application/zip'],
    ['application/zip;a=b, Application/Zip', 'application/zip'],
    ['application/x-zip-compressed, application/zip; x=y', 'application/x-zip-compressed'],
    ['text/xml, Application/XML', 'text/xml'],
    ['multipart/x; boundary="a,b"', 'multipart/x'],
    ['text/plain; x="a\\",b', 'text/plain'],
    ['application/zip, text/html', null],
    ['application/zip, application/x-gzip', null],
    ['application/zip, application/x-zip, text/html', null],
    ['application/zip, ', null],
    ['zip', null],
    ['', null],
    [undefined, null],
  ])('of %j is %j', (field, type) => {
    expect(mediaType(field)).toBe(type)
  })

  it.each([
    ['application/x-zip-compressed', 'application/zip'],
    ['application/x-gzip', 'application/gzip'],
    ['application/tar', 'application/x-tar'],
    ['application/x-gtar', 'application/tar'],
    ['image/jpg', 'image/jpeg'],
    ['binary/octet-stream', 'application/octet-stream'],
    ['text/plain', 'text/plain'],
  ])('%s means the same as %s', (one, other) => {
    expect(isSameMediaType(one, other)).toBe(true)
    expect(isSameMediaType(other, one)).toBe(true)
  })

  it('means the same as no other one', () => {
    expect(isSameMediaType('application/zip', 'application/gzip')).toBe(false)
    expect(isSameMediaType('application/zip', '')).toBe(false)
    expect(isSameMediaType('constructor', 'application/zip')).toBe(false)
  })
})
