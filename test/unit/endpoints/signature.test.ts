import { createPublicKey, randomBytes, verify } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import {
  decodeSecret,
  encodeSecret,
  secretComplaint,
  signedContent,
  webhookHeaders,
} from '#core/endpoints/rules/signature.ts'
import { ed25519, hmacSha256, mint } from '#core/runtime/crypto.ts'

/** The vector of the Standard Webhooks reference libraries. */
const published = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1_614_265_330, body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const sign = (secrets: string[], message: typeof published.message) =>
  webhookHeaders({ hmac: hmacSha256, ed25519 }, secrets, message)

function accepts(library: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    library.verify(body, headers)
    return true
  } catch {
    return false
  }
}

describe('a webhook signature', () => {
  it('is the one of the published vector', () => {
    expect(sign([published.secret], published.message)).toEqual({
      'webhook-id': published.message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': published.signature,
    })
  })

  it('is the one the reference library makes of the published vector', () => {
    const { id, timestampSeconds, body } = published.message
    expect(new Webhook(published.secret).sign(id, new Date(timestampSeconds * 1000), body)).toBe(published.signature)
  })

  it('signs id, timestamp and body, joined by full stops', () => {
    expect(signedContent('a', 1, '{}')).toBe('a.1.{}')
  })

  it('is there once for every live secret, so that either verifies', () => {
    const secrets = [published.secret, encodeSecret(randomBytes(32))]
    const message = { id: 'evt_1', timestampSeconds: Math.floor(Date.now() / 1000), body: '{"a":1}' }
    const headers = sign(secrets, message)
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2)
    for (const secret of secrets) expect(new Webhook(secret).verify(message.body, headers)).toEqual({ a: 1 })
    const stranger = new Webhook(encodeSecret(randomBytes(32)))
    expect(() => stranger.verify(message.body, headers)).toThrow('No matching signature found')
  })

  it('is accepted by the reference library for any secret, id and JSON, and for no other body', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[a-z]{3}_[0-9a-z]{26}$/),
        fc.json({ stringUnit: 'binary' }).filter((json) => json.isWellFormed()),
        (key, id, body) => {
          const secret = encodeSecret(key)
          const headers = sign([secret], { id, timestampSeconds: Math.floor(Date.now() / 1000), body })
          const library = new Webhook(secret)
          expect(library.verify(body, headers)).toEqual(JSON.parse(body))
          expect(accepts(library, `${body} `, headers)).toBe(false)
        },
      ),
    )
  })
})

/** As Svix, whose format this is, tests its own signer. */
const publishedPair = {
  secret: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
  signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
}

/** Whether one of the signatures is by the private key that belongs to `whpk_…`. */
function verifies(publicKey: string, message: typeof published.message, signatures: string): boolean {
  const x = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const content = Buffer.from(signedContent(message.id, message.timestampSeconds, message.body))
  return signatures.split(' ').some((each) => {
    const [version, signature] = each.split(',')
    return version === 'v1a' && verify(null, content, key, Buffer.from(signature!, 'base64'))
  })
}

describe('an asymmetric webhook signature', () => {
  it('is the one of the published vector', () => {
    const headers = sign([publishedPair.secret], published.message)
    expect(headers['webhook-signature']).toBe(publishedPair.signature)
    expect(verifies(publishedPair.publicKey, published.message, headers['webhook-signature'])).toBe(true)
  })

  it('verifies with the public key that was minted with it, and with no other', () => {
    const [pair, other] = [mint.webhookKeyPair(), mint.webhookKeyPair()]
    expect(pair.publicKey).toMatch(/^whpk_[\w+/]{43}=$/)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        const message = { ...published.message, body }
        const signatures = sign([pair.secret], message)['webhook-signature']
        expect(verifies(pair.publicKey, message, signatures)).toBe(true)
        expect(verifies(other.publicKey, message, signatures)).toBe(false)
        expect(verifies(pair.publicKey, { ...message, body: `${body} ` }, signatures)).toBe(false)
      }),
    )
  })

  it('is there once for every live key', () => {
    const pairs = [mint.webhookKeyPair(), mint.webhookKeyPair()]
    const secrets = pairs.map(({ secret }) => secret)
    const signatures = sign(secrets, published.message)['webhook-signature']
    expect(signatures.split(' ')).toHaveLength(2)
    for (const { publicKey } of pairs) expect(verifies(publicKey, published.message, signatures)).toBe(true)
  })
})

describe('a webhook secret', () => {
  it('is read back as it was written, from 24 to 64 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (key) => {
        expect(Buffer.from(decodeSecret(encodeSecret(key))!)).toEqual(Buffer.from(key))
      }),
    )
  })

  it.each([
    [0, false],
    [1, false],
    [23, false],
    [24, true],
    [64, true],
    [65, false],
    [1000, false],
  ])('of %d bytes: accepted is %s', (bytes, accepted) => {
    expect(decodeSecret(encodeSecret(Buffer.alloc(bytes, 7))) !== null).toBe(accepted)
  })

  const base64 = Buffer.alloc(32, 0xfb).toString('base64')
  it.each([
    ['no prefix', base64],
    ['another prefix', `whsk_${base64}`],
    ['an upper-case prefix', `WHSEC_${base64}`],
    ['the URL-safe alphabet', `whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`],
    ['a missing pad', `whsec_${base64.replace('=', '')}`],
    ['a second pad', `whsec_${base64}=`],
    ['a space', `whsec_ ${base64}`],
    ['a line break', `whsec_${base64}\n`],
    ['an exclamation mark', `whsec_!${base64}`],
    ['loose bits at its end', `whsec_${Buffer.alloc(25).toString('base64').replace('AA==', 'AB==')}`],
    ['nothing', 'whsec_'],
  ])('with %s is refused', (_, secret) => {
    expect(decodeSecret(secret)).toBeNull()
  })

  it.each([
    ['whsk_AAAA', 'begin with "whsec_"'],
    ['whsec_a b', 'not base64'],
    [encodeSecret(Buffer.alloc(23)), 'has 23 bytes, and must have 24 to 64'],
    [encodeSecret(Buffer.alloc(65)), 'has 65 bytes'],
  ])('that is refused is told why, and not repeated: %s', (secret, why) => {
    expect(secretComplaint(secret)).toContain(why)
    expect(secretComplaint(secret)).not.toContain(secret.slice(6))
  })
})
