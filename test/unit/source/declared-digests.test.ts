import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declaredDigests } from '#transfer/source/rules/declared-digests.ts'

const digest = (algorithm: string, text = 'hello') => createHash(algorithm).update(text).digest()
const base64 = (algorithm: string, text = 'hello') => digest(algorithm, text).toString('base64')
const hex = (algorithm: string, text = 'hello') => digest(algorithm, text).toString('hex')
const [sha256, sha512, md5] = [base64('sha256'), base64('sha512'), base64('md5')]
const other = base64('sha256', 'other')
/** CRC-32C of "dog": the example in the registry of RFC 3230's algorithms. */
const dog = { hex: '0a72a4df', base64: 'CnKk3w==' }

const of = (headers: Record<string, string>, status = 200) =>
  declaredDigests({ status, headers }).map(({ algorithm, hex, source }) => `${source} ${algorithm} ${hex}`)

describe('the digests that a response declares', () => {
  it.each([
    ['repr-digest', `sha-256=:${sha256}:`, [`Repr-Digest sha256 ${hex('sha256')}`]],
    [
      'repr-digest',
      `sha-512=:${sha512}:, sha-256=:${sha256}:;x=1,md5=:${md5}:`,
      [`Repr-Digest sha512 ${hex('sha512')}`, `Repr-Digest sha256 ${hex('sha256')}`, `Repr-Digest md5 ${hex('md5')}`],
    ],
    ['repr-digest', `new-one=:AA==:, sha-256=:${sha256}:, x, y=(1 "2");z`, [`Repr-Digest sha256 ${hex('sha256')}`]],
    ['content-digest', `sha-256=:${sha256}:`, [`Content-Digest sha256 ${hex('sha256')}`]],
    ['content-md5', md5, [`Content-MD5 md5 ${hex('md5')}`]],
    ['digest', `SHA-256=${sha256}`, [`Digest sha256 ${hex('sha256')}`]],
    [
      'digest',
      `sha-512=${sha512}, MD5=${md5},unixsum=30637 , crc32c=A72A4DF`,
      [`Digest sha512 ${hex('sha512')}`, `Digest md5 ${hex('md5')}`, `Digest crc32c ${dog.hex}`],
    ],
    [
      'x-goog-hash',
      `crc32c=${dog.base64},md5=${md5}`,
      [`x-goog-hash crc32c ${dog.hex}`, `x-goog-hash md5 ${hex('md5')}`],
    ],
    [
      'x-goog-hash',
      `crc32c=${dog.base64}, md5=${md5}`,
      [`x-goog-hash crc32c ${dog.hex}`, `x-goog-hash md5 ${hex('md5')}`],
    ],
    ['x-amz-checksum-crc32', 'y/Q5Jg==', ['x-amz-checksum-crc32 crc32 cbf43926']],
    ['x-amz-checksum-crc32c', dog.base64, [`x-amz-checksum-crc32c crc32c ${dog.hex}`]],
    ['x-amz-checksum-sha256', sha256, [`x-amz-checksum-sha256 sha256 ${hex('sha256')}`]],
  ])('are read from %s: %s', (name, value, expected) => expect(of({ [name]: value })).toEqual(expected))

  it.each([
    ['repr-digest', ''],
    ['repr-digest', sha256],
    ['repr-digest', `sha-256=${sha256}`],
    ['repr-digest', `sha-256=":${sha256}:"`],
    ['repr-digest', `SHA-256=:${sha256}:`],
    ['repr-digest', `sha-256=:${sha256.replace('=', '')}:`],
    ['repr-digest', `sha-256=:${base64('sha1')}:`],
    ['repr-digest', `sha-256=:${sha256}:,`],
    ['repr-digest', `sha-256=:${sha256}: sha-512=:${sha512}:`],
    ['repr-digest', `sha-256=:${sha256}:, Bad=1`],
    ['repr-digest', `sha=:${base64('sha1')}:`],
    ['repr-digest', `crc32c=:${dog.base64}:`],
    ['repr-digest', `constructor=:${sha256}:`],
    ['content-md5', hex('md5')],
    ['content-md5', `${md5}, ${md5}`],
    ['content-md5', md5.replace(/==$/, '')],
    ['content-md5', md5.replace(/.==$/, (end) => (end === 'h==' ? 'i==' : 'h=='))],
    ['content-md5', base64('sha256')],
    ['digest', `sha-256=:${sha256}:`],
    ['digest', `sha-256 ${sha256}`],
    ['digest', `crc32c=${dog.base64}`],
    ['digest', 'crc32c=00a72a4df'],
    ['digest', `id-sha-256=${sha256}`],
    ['digest', `sha-256=${sha256.replaceAll('/', '_').replaceAll('+', '-')}`],
    ['x-goog-hash', `crc32c=${dog.hex}`],
    ['x-goog-hash', `sha-256=${sha256}`],
    ['x-amz-checksum-crc32', 'y/Q5Jg==-3'],
    ['x-amz-checksum-crc32', 'cbf43926'],
    ['x-amz-checksum-sha1', base64('sha1')],
    ['digest', `sha-256=${sha256}${', x=y'.repeat(1000)}`],
  ])('are none in %s: %s', (name, value) => expect(of({ [name]: value })).toEqual([]))

  it('have a coded text in their url-safe forms nowhere, so the row above can fail', () => {
    expect(sha256).toMatch(/[+/]/)
  })

  it('leave out what is malformed and keep what is not, in fields that are plain lists', () => {
    expect(of({ digest: `sha-256=no,md5=${md5},,=,x` })).toEqual([`Digest md5 ${hex('md5')}`])
  })

  it.each([
    ['repr-digest', `sha-256=:${sha256}:, md5=:${md5}:, sha-256=:${other}:`],
    ['digest', `sha-256=${sha256}, md5=${md5}, sha-256=${other}`],
    ['x-goog-hash', `crc32c=${dog.base64}, md5=${md5}, crc32c=AAAAAA==`],
  ])('are none where %s contradicts itself: %s', (name, value) => expect(of({ [name]: value })).toEqual([]))

  it('are one where a field says the same twice', () => {
    expect(of({ digest: `sha-256=${sha256}, SHA-256=${sha256}` })).toEqual([`Digest sha256 ${hex('sha256')}`])
  })

  it('stay where two fields contradict each other: one of them will not fit', () => {
    expect(of({ digest: `sha-256=${other}`, 'repr-digest': `sha-256=:${sha256}:` })).toEqual([
      `Repr-Digest sha256 ${hex('sha256')}`,
      `Digest sha256 ${hex('sha256', 'other')}`,
    ])
  })

  const all = {
    'repr-digest': `sha-256=:${sha256}:`,
    'content-digest': `sha-256=:${sha256}:`,
    'content-md5': md5,
    digest: `md5=${md5}`,
    'x-goog-hash': `crc32c=${dog.base64}`,
    'x-amz-checksum-crc32': 'y/Q5Jg==',
  }
  it.each([
    [200, ['Repr-Digest', 'Content-Digest', 'Content-MD5', 'Digest', 'x-goog-hash', 'x-amz-checksum-crc32']],
    [206, ['Repr-Digest', 'Digest', 'x-goog-hash']],
    [203, []],
    [404, []],
  ])('of a response with status %d are those of the whole: %j', (status, sources) => {
    expect(declaredDigests({ status, headers: all }).map(({ source }) => source)).toEqual(sources)
  })

  it.each([
    [{ 'x-amz-checksum-type': 'FULL_OBJECT' }, 1],
    [{}, 1],
    [{ 'x-amz-checksum-type': 'COMPOSITE' }, 0],
    [{ 'x-amz-checksum-type': 'full' }, 0],
  ])('of S3 count when they are of the full object: %j', (more, count) => {
    expect(of({ 'x-amz-checksum-crc32': 'y/Q5Jg==', ...more })).toHaveLength(count)
  })

  it.each([
    [{}, 1],
    [{ 'x-goog-stored-content-encoding': 'identity' }, 1],
    [{ 'x-goog-stored-content-encoding': 'gzip' }, 0],
    [{ 'x-goog-stored-content-encoding': 'gzip', 'content-encoding': 'gzip' }, 1],
    [{ 'x-goog-stored-content-encoding': 'GZIP', 'content-encoding': ' gzip' }, 1],
    [{ 'x-goog-stored-content-encoding': 'identity', 'content-encoding': 'gzip' }, 0],
    [{ 'x-guploader-response-body-transformations': 'gunzipped' }, 0],
    [{ 'content-encoding': 'gzip' }, 1],
  ])("of Google's storage count unless it has changed the coding: %j", (more, count) => {
    expect(of({ 'x-goog-hash': `crc32c=${dog.base64}`, ...more })).toHaveLength(count)
  })

  it.each(['gzip', 'br', 'identity'])('count for %s as well: what is stored has its coding still on it', (coding) => {
    expect(of({ ...all, 'content-encoding': coding })).toEqual(of(all))
  })

  it('of any bytes come back as they were, whatever stands beside them', () => {
    const noise = fc.constantFrom('', 'a=1, ', 'b;c="d,e", ', 'f=(g "h\\"" 1.5 :AA==:);i=?0, ', 'j=@1, k=%"%c3%bc", ')
    const lengths = { sha256: 32, sha512: 64, md5: 16 } as const
    const names = { sha256: 'sha-256', sha512: 'sha-512', md5: 'md5' } as const
    const algorithm = fc.constantFrom('sha256', 'sha512', 'md5')
    fc.assert(
      fc.property(algorithm, fc.uint8Array({ minLength: 64, maxLength: 64 }), noise, (name, random, before) => {
        const bytes = Buffer.from(random.subarray(0, lengths[name]))
        const text = bytes.toString('base64')
        const found = { algorithm: name, hex: bytes.toString('hex') }
        expect(
          declaredDigests({ status: 200, headers: { 'repr-digest': `${before}${names[name]}=:${text}:` } }),
        ).toEqual([{ ...found, source: 'Repr-Digest' }])
        expect(declaredDigests({ status: 200, headers: { digest: `x=y,${names[name]}=${text}` } })).toEqual([
          { ...found, source: 'Digest' },
        ])
      }),
    )
  })

  it('are well-formed and quickly read whatever an origin sends', () => {
    const shape = { crc32: 8, crc32c: 8, md5: 32, sha256: 64, sha512: 128 }
    const piece = fc.constantFrom(
      ...['sha-256', 'md5', 'crc32c', '=', ':', ',', ', ', ';', '(', ')', ' ', '"', '\\', '%"', '?1', '@1'],
      ...[sha256, md5, dog.base64, dog.hex, '\xff', 'a', '*', '-1.5'],
    )
    const value = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
    const names = [...Object.keys(all), 'x-amz-checksum-type', 'content-encoding', 'x-goog-stored-content-encoding']
    const headers = fc.dictionary(fc.constantFrom(...names), value)
    fc.assert(
      fc.property(fc.constantFrom(200, 206, 404), headers, (status, headers) => {
        for (const { algorithm, hex } of declaredDigests({ status, headers }))
          expect(hex).toMatch(new RegExp(`^[0-9a-f]{${shape[algorithm]}}$`))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ...['a=(', 'a=( ', 'a;', 'a; ', 'a="\\"', 'a=%"%', 'a=(1 ', 'a=1;b=', 'a=:', '(1 (1 ', 'a=1, '].map((piece) => [
      '',
      piece,
    ]),
    ...[' ', '1 ', '1;a ', '"" ', ';'].map((piece) => ['a=(', piece]),
    ...[' ', ';a', '; a=1'].map((piece) => ['a=1;', piece]),
    ...['\\"', '\\\\', 'a'].map((piece) => ['a="', piece]),
  ])('take no longer where %j is followed by %j without an end', (start, piece) => {
    const before = process.cpuUsage()
    for (let run = 0; run < 20; run++) of({ 'repr-digest': `${start}${piece.repeat(4000 / piece.length)}` })
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  })
})
