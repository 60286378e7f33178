import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSecret } from '#core/endpoints/rules/signature.ts'
import { isSigned } from '#core/kernel/rules/text-signer.ts'
import { createEncryptor, ed25519, hmacSha256, keyFingerprint, mint } from '#core/runtime/crypto.ts'

const key = randomBytes(32)
const encryptor = createEncryptor(key)
const text = fc.string({ unit: 'binary' })

describe('sealing', () => {
  it('gives back what was sealed, under the same key and context', () => {
    fc.assert(
      fc.property(text, text, (plain, context) => {
        expect(createEncryptor(key).decrypt(encryptor.encrypt(plain, context), context)).toBe(plain)
      }),
    )
  })

  it('gives bytes back as they were', () => {
    const bytes = randomBytes(100)
    expect(encryptor.decryptBytes(encryptor.encrypt(bytes, 'c'), 'c')).toEqual(bytes)
  })

  it('takes what a database driver gives back', () => {
    expect(encryptor.decrypt(new Uint8Array(encryptor.encrypt('héllo', 'c')), 'c')).toBe('héllo')
  })

  it('shows nothing of the text, and never the same twice', () => {
    const [one, two] = [
      encryptor.encrypt('a secret that is long enough', 'c'),
      encryptor.encrypt('a secret that is long enough', 'c'),
    ]
    expect(Buffer.from(one).includes('secret')).toBe(false)
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false)
  })

  it('does not open in another context', () => {
    fc.assert(
      fc.property(text, text, text, (plain, context, other) => {
        fc.pre(context !== other)
        expect(() => encryptor.decrypt(encryptor.encrypt(plain, context), other)).toThrow()
      }),
    )
  })

  it('does not open under another key', () => {
    const sealed = encryptor.encrypt('plain', 'c')
    expect(() => createEncryptor(randomBytes(32)).decrypt(sealed, 'c')).toThrow()
  })

  it('does not open when any byte is altered', () => {
    const sealed = encryptor.encrypt('a secret', 'c')
    for (let at = 0; at < sealed.byteLength; at++) {
      const altered = Uint8Array.from(sealed)
      altered[at]! ^= 1
      expect(() => encryptor.decrypt(altered, 'c')).toThrow()
    }
  })

  it.each(['', 'a secret'])('does not open when it is cut or lengthened: %j', (plain) => {
    const sealed = encryptor.encrypt(plain, 'c')
    for (let length = 0; length < sealed.byteLength; length++)
      expect(() => encryptor.decrypt(sealed.slice(0, length), 'c')).toThrow()
    expect(() => encryptor.decrypt(Buffer.concat([sealed, Buffer.of(0)]), 'c')).toThrow()
  })
})

describe('several keys', () => {
  const keys = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
    minLength: 1,
    maxLength: 4,
    selector: (each) => Buffer.from(each).toString('hex'),
  })
  const given = keys.chain((all) =>
    fc.record({ all: fc.constant(all), n: fc.nat(all.length - 1), isLabelled: fc.boolean() }),
  )
  const ringOf = (all: readonly Uint8Array[]) => createEncryptor(all[0]!, ...all.slice(1))

  it('decrypt what any of them has encrypted, in whichever order they are given', () => {
    fc.assert(
      fc.property(given, text, text, ({ all, n, isLabelled }, plain, context) => {
        const ring = ringOf(all)
        ring.use(ring.names[n]!.id, { isLabelled })
        const sealed = ring.encrypt(plain, context)
        expect(ringOf(all.toReversed()).decrypt(sealed, context)).toBe(plain)
        expect(createEncryptor(all[n]!).decrypt(sealed, context)).toBe(plain)
        expect(() => ring.decrypt(sealed, `${context}.`)).toThrow()
      }),
    )
  })

  it('find the right one by the id that a value carries, and name the one that is missing', () => {
    const [one, other] = [randomBytes(32), randomBytes(32)]
    const ring = createEncryptor(one, other)
    const { id } = ring.names[0]!
    ring.use(id, { isLabelled: true })
    const sealed = Buffer.from(ring.encrypt('plain', 'c'))
    expect(sealed.subarray(0, 5).toString('hex')).toBe(`02${id}`)
    expect(() => createEncryptor(other).decrypt(sealed, 'c')).toThrow(
      `encrypted under the key ${id}, which is not among ENCRYPTION_KEYS`,
    )
  })

  it('do not decrypt a labelled value of which any byte is altered, or that is cut', () => {
    const ring = createEncryptor(randomBytes(32), key)
    ring.use(ring.names[1]!.id, { isLabelled: true })
    const sealed = ring.encrypt('a secret', 'c')
    for (let at = 0; at < sealed.byteLength; at++) {
      const altered = Uint8Array.from(sealed)
      altered[at]! ^= 1
      expect(() => ring.decrypt(altered, 'c')).toThrow()
      expect(() => ring.decrypt(sealed.slice(0, at), 'c')).toThrow()
    }
  })

  it('have one that signs, and each of them verifies', () => {
    const [one, other] = [randomBytes(32), randomBytes(32)]
    const ring = createEncryptor(one, other)
    const before = createEncryptor(other).sign('link', 'a')
    expect(ring.sign('link', 'a')).toBe(createEncryptor(one).sign('link', 'a'))
    expect(ring.signatures('link', 'a')).toEqual([ring.sign('link', 'a'), before])
    expect(isSigned(ring, 'link', 'a', before)).toBe(true)
    ring.use(ring.names[1]!.id, { isLabelled: true })
    expect(ring.sign('link', 'a')).toBe(before)
    for (const wrong of ['', before.slice(1), createEncryptor(randomBytes(32)).sign('link', 'a')])
      expect(isSigned(ring, 'link', 'a', wrong)).toBe(false)
    expect(isSigned(ring, 'link', 'b', before)).toBe(false)
  })
})

describe('signing', () => {
  it('is the same in every process of one key, and different for every purpose, text and key', () => {
    expect(createEncryptor(key).sign('link', 'a')).toBe(encryptor.sign('link', 'a'))
    const signatures = [
      ...[
        encryptor.sign('link', 'a'),
        encryptor.sign('link', 'b'),
        encryptor.sign('wake', 'a'),
        encryptor.sign('wake', 'b'),
      ],
      createEncryptor(randomBytes(32)).sign('link', 'a'),
    ]
    expect(new Set(signatures).size).toBe(5)
    for (const signature of signatures) expect(signature).toMatch(/^[\w-]{43}$/)
  })
})

describe('the fingerprint of a key', () => {
  it('is the same for one key, another for every other, and does not hold the key', () => {
    expect(keyFingerprint(key)).toBe(keyFingerprint(Uint8Array.from(key)))
    expect(keyFingerprint(key)).toMatch(/^[0-9a-f]{64}$/)
    expect(keyFingerprint(key)).not.toBe(key.toString('hex'))
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const other = Uint8Array.from(key)
        other[bit >> 3]! ^= 1 << (bit & 7)
        expect(keyFingerprint(other)).not.toBe(keyFingerprint(key))
      }),
    )
  })
})

describe('what is minted', () => {
  it('are TypeIDs that are never the same and sort by creation', async () => {
    const ids: string[] = []
    for (let time = Date.now(); ids.length < 20; ) {
      if (Date.now() === time) continue
      time = Date.now()
      ids.push(mint.id('tsk'))
    }
    for (const id of ids) expect(id).toMatch(/^tsk_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
  })

  it('are API keys of 256 bits', () => {
    expect(mint.apiKey()).toMatch(/^bh_[\w-]{43}$/)
    expect(mint.apiKey()).not.toBe(mint.apiKey())
  })

  it('are webhook secrets that the signature takes', () => {
    expect(mint.webhookSecret()).toMatch(/^whsec_/)
    expect(decodeSecret(mint.webhookSecret())).toHaveLength(32)
    expect(mint.webhookSecret()).not.toBe(mint.webhookSecret())
  })

  it('are SHA-256 hashes', () => {
    expect(Buffer.from(mint.hash('bh_x'))).toEqual(createHash('sha256').update('bh_x').digest())
  })
})

describe('HMAC-SHA256', () => {
  it('has the published value (RFC 4231 §4.3)', () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    expect(Buffer.from(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?'), 'base64').toString('hex')).toBe(
      expected,
    )
  })

  it('is over the UTF-8 of the text', () => {
    const expected = createHmac('sha256', 'k').update(Buffer.from('ü😀')).digest('base64')
    expect(hmacSha256(Buffer.from('k'), 'ü😀')).toBe(expected)
  })
})

describe('Ed25519', () => {
  it('has the published value (RFC 8032 §7.1, test 2)', () => {
    const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex')
    const expected =
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    expect(Buffer.from(ed25519(seed, 'r'), 'base64').toString('hex')).toBe(expected)
  })
})
