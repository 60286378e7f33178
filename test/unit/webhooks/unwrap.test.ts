import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, it } from 'vitest'
import { encodeSecret, webhookHeaders } from '#core/endpoints/rules/signature.ts'
import { ed25519, hmacSha256 } from '#core/runtime/crypto.ts'
import { aSecret, asymmetricPair, v1 } from '#support/receivers/signed-webhook.ts'
import { type UnwrapOptions, unwrap } from '#webhooks/index.ts'

const id = 'evt_1'
const timestamp = '1700000000'
const now = new Date(1_700_000_000_000)
const body = '{"type":"session.wake"}'
const event = { type: 'session.wake' }
const other = encodeSecret(Buffer.alloc(24, 9))
const headersWith = (...signatures: string[]) => ({
  'webhook-id': id,
  'webhook-timestamp': timestamp,
  'webhook-signature': signatures.join(' '),
})
const headers = headersWith(v1(aSecret, id, timestamp, body))

/** Another text that a lenient decoder takes for the same bytes: 32 bytes leave two bits of their last digit unused. */
function withLooseBits(signature: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return `${signature.slice(0, -2)}${digits[digits.indexOf(signature.at(-2)!) + 1]}=`
}

describe('the vector that Standard Webhooks has published', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const published = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  }
  const then = { now: new Date(1_614_265_330_000) }

  it('is accepted', async () => {
    expect(await unwrap('{"test": 2432232314}', published, secret, then)).toEqual({ test: 2432232314 })
  })

  it.each(['{"test": 2432232315}', '{"test":  2432232314}', '{"test": 2432232314}\n'])(
    'is not, with %j',
    async (body) => {
      await expect(unwrap(body, published, secret, then)).rejects.toMatchObject({
        code: /^(signature_mismatch|body_changed)$/,
      })
    },
  )
})

describe('what is accepted', () => {
  const pair = asymmetricPair()
  const asymmetric = pair.v1a(id, timestamp, body)
  it.each([
    ['Node’s headers', headers],
    ['Node’s headers with others', { ...headers, host: 'example.com', 'set-cookie': ['a', 'b'], via: undefined }],
    [
      'a record in another case',
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
    ],
    ['a record of lists', Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))],
    ['WHATWG headers', new Headers(headers)],
    ['pairs', Object.entries(headers)],
    ['a map', new Map(Object.entries(headers))],
  ])('%s', async (_, given) => {
    expect(await unwrap(body, given, aSecret, { now })).toEqual(event)
  })

  it.each([
    ['text', body],
    ['a Buffer', Buffer.from(body)],
    ['bytes within a larger buffer', new TextEncoder().encode(`>>${body}<<`).subarray(2, 2 + body.length)],
    ['an ArrayBuffer', new TextEncoder().encode(body).buffer],
  ])('%s as the body', async (_, given) => {
    expect(await unwrap(given, headers, aSecret, { now })).toEqual(event)
  })

  it.each([
    ['one secret of several', headers, [other, aSecret]],
    [
      'one signature of several',
      headersWith(v1(other, id, timestamp, body), v1(aSecret, id, timestamp, body)),
      aSecret,
    ],
    ['a signature beside one of a later version', headersWith('v2,AAAA', v1(aSecret, id, timestamp, body)), aSecret],
    ['a public key', headersWith(asymmetric), pair.publicKey],
    ['either scheme while an endpoint changes it', headersWith(asymmetric), [aSecret, pair.publicKey]],
    ['either of the two, the other way around', headers, [pair.publicKey, aSecret]],
  ])('%s', async (_, given, secrets) => {
    expect(await unwrap(body, given, secrets, { now })).toEqual(event)
  })

  it.each([-300, 0, 300])('a timestamp that is %i s off', async (offSeconds) => {
    expect(await unwrap(body, headers, aSecret, { now: new Date(now.getTime() + offSeconds * 1000) })).toEqual(event)
  })
})

describe('what is refused, with the mistake and its fix', () => {
  const without = (name: keyof typeof headers) => ({ ...headers, [name]: undefined })
  const pair = asymmetricPair()
  const key = aSecret.slice('whsec_'.length)
  type Row = [
    what: string,
    code: string,
    words: RegExp,
    given: { body?: unknown; headers?: unknown; secret?: unknown } & UnwrapOptions,
  ]
  const rows: Row[] = [
    ['no body', 'body_missing', /express\.raw/, { body: undefined }],
    ['a parsed body', 'body_parsed', /express\.raw/, { body: event }],
    ['an array', 'body_parsed', /an array/, { body: [event] }],
    ['a promise', 'body_not_read', /await request\.text\(\)/, { body: Promise.resolve(body) }],
    ['a stream', 'body_not_read', /await/, { body: new ReadableStream() }],
    ['a request', 'body_not_read', /await/, { body: new Request('http://a.test', { method: 'POST', body }) }],
    ['empty text', 'body_empty', /read or dropped/, { body: '' }],
    ['an empty buffer', 'body_empty', /read or dropped/, { body: Buffer.alloc(0) }],
    ['a body that was indented', 'body_changed', /bytes as they came/, { body: JSON.stringify(event, null, 2) }],
    ['a body with a line break behind it', 'body_changed', /bytes as they came/, { body: `${body}\n` }],
    [
      'a body with other JSON',
      'signature_mismatch',
      /parsed and serialised again/,
      { body: '{"type":"task.completed"}' },
    ],
    ['a body that is no JSON', 'signature_mismatch', /No signature matches\. Is it/, { body: '<html>' }],
    [
      'no headers',
      'header_missing',
      /webhook-id, webhook-timestamp, webhook-signature\. No header at all/,
      { headers: {} },
    ],
    ['null for headers', 'header_missing', /No header at all/, { headers: null }],
    ['a flat list of headers', 'header_missing', /No header at all/, { headers: Object.entries(headers).flat() }],
    [
      'the request instead of its headers',
      'header_missing',
      /give request\.headers/,
      { headers: { headers, url: '/' } },
    ],
    [
      'the WHATWG request',
      'header_missing',
      /give request\.headers/,
      { headers: new Request('http://a.test', { headers }) },
    ],
    ['no id', 'header_missing', /Missing: webhook-id\./, { headers: without('webhook-id') }],
    ['no timestamp', 'header_missing', /Missing: webhook-timestamp\./, { headers: without('webhook-timestamp') }],
    ['an empty signature', 'header_missing', /Missing: webhook-signature\./, { headers: headersWith() }],
    [
      'an id twice',
      'header_duplicated',
      /webhook-id/,
      { headers: [...Object.entries(headers), ['webhook-id', 'evt_2']] },
    ],
    [
      'an id joined by a proxy',
      'header_duplicated',
      /webhook-id/,
      { headers: { ...headers, 'webhook-id': `${id}, ${id}` } },
    ],
    ['an id in two cases', 'header_duplicated', /webhook-id/, { headers: { ...headers, 'Webhook-Id': id } }],
    [
      'two timestamps',
      'header_duplicated',
      /webhook-timestamp/,
      { headers: { ...headers, 'webhook-timestamp': `${timestamp}, 2` } },
    ],
    [
      'signature headers joined',
      'header_duplicated',
      /webhook-signature/,
      { headers: headersWith('v1,AAAA,', 'v1,BBBB') },
    ],
    ['no secret', 'secret_missing', /environment variable/, { secret: undefined }],
    ['an empty secret', 'secret_missing', /environment variable/, { secret: '' }],
    ['an empty list', 'secret_missing', /list of secrets is empty/, { secret: [] }],
    ['a missing one of two', 'secret_missing', /environment variable/, { secret: [aSecret, undefined] }],
    ['a private key', 'secret_is_private_key', /whpk_/, { secret: `whsk_${key}` }],
    ['an API key', 'secret_is_api_key', /whsec_/, { secret: 'bh_abc' }],
    ['base64 without prefix', 'secret_prefix', /whsec_ was left out/, { secret: key }],
    ['an upper-case prefix', 'secret_prefix', /lower case/, { secret: `WHSEC_${key}` }],
    ['a secret in quotes', 'secret_prefix', /quote/, { secret: `"${aSecret}"` }],
    ['some other text', 'secret_prefix', /as it was shown/, { secret: 'hunter2!' }],
    ['a line break behind the secret', 'secret_not_base64', /white space/, { secret: `${aSecret}\n` }],
    ['a quote behind the secret', 'secret_not_base64', /quote/, { secret: `${aSecret}"` }],
    ['the URL-safe alphabet', 'secret_not_base64', /URL-safe/, { secret: `whsec_${'-_'.repeat(16)}` }],
    ['loose bits at the end', 'secret_not_base64', /Copy it again/, { secret: `${aSecret.slice(0, -2)}d=` }],
    ['a missing pad', 'secret_not_base64', /the = at its end/, { secret: aSecret.slice(0, -1) }],
    ['23 bytes', 'secret_length', /23 bytes/, { secret: encodeSecret(Buffer.alloc(23)) }],
    ['65 bytes', 'secret_length', /65 bytes/, { secret: encodeSecret(Buffer.alloc(65)) }],
    [
      'a public key of 31 bytes',
      'secret_length',
      /31 bytes/,
      { secret: `whpk_${Buffer.alloc(31).toString('base64')}` },
    ],
    [
      'a date for a timestamp',
      'timestamp_not_a_number',
      /seconds since 1970/,
      { headers: { ...headers, 'webhook-timestamp': '2023-11-14' } },
    ],
    [
      'a number with something behind it',
      'timestamp_not_a_number',
      /seconds/,
      { headers: { ...headers, 'webhook-timestamp': `${timestamp}x` } },
    ],
    ['301 s ago', 'timestamp_too_old', /301 s behind .* 300 s are allowed/, { now: new Date(now.getTime() + 301_000) }],
    [
      'in 301 s',
      'timestamp_too_new',
      /301 s ahead of .* 300 s are allowed/,
      { now: new Date(now.getTime() - 301_000) },
    ],
    [
      '11 s ago where 10 are allowed',
      'timestamp_too_old',
      /11 s/,
      { now: new Date(now.getTime() + 11_000), toleranceSeconds: 10 },
    ],
    ['a version of the future', 'signature_version_unknown', /v1,/, { headers: headersWith('v2,AAAA') }],
    ['a signature without version', 'signature_version_unknown', /v1,/, { headers: headersWith('AAAA') }],
    ['v1 for a public key', 'signature_scheme', /They are v1, the secret is for v1a/, { secret: pair.publicKey }],
    [
      'v1a for a secret',
      'signature_scheme',
      /They are v1a, the secret is for v1/,
      { headers: headersWith(pair.v1a(id, timestamp, body)) },
    ],
    ['another secret', 'signature_mismatch', /secret of this endpoint/, { secret: other }],
    [
      'another public key',
      'signature_mismatch',
      /secret of this endpoint/,
      { headers: headersWith(pair.v1a(id, timestamp, body)), secret: asymmetricPair().publicKey },
    ],
    ['another id', 'signature_mismatch', /./, { headers: { ...headers, 'webhook-id': 'evt_2' } }],
    ['another timestamp', 'signature_mismatch', /./, { headers: { ...headers, 'webhook-timestamp': '1700000001' } }],
    [
      'a signature with loose bits at its end',
      'signature_mismatch',
      /./,
      { headers: headersWith(withLooseBits(headers['webhook-signature'])) },
    ],
    ['a signature that is no base64', 'signature_mismatch', /./, { headers: headersWith('v1,???') }],
    ['an empty signature of v1', 'signature_mismatch', /./, { headers: headersWith('v1,') }],
    [
      'part of the signature',
      'signature_mismatch',
      /./,
      { headers: headersWith(headers['webhook-signature'].slice(0, -4)) },
    ],
  ]

  it.each(rows)('%s: %s', async (_, code, words, given) => {
    const all = { body, headers, secret: aSecret, now, ...given }
    const refused = await unwrap(all.body as string, all.headers as typeof headers, all.secret as string, all).catch(
      (error: unknown) => error,
    )
    expect(refused).toMatchObject({ name: 'WebhookVerificationError', code })
    const { message } = refused as Error
    expect(message).toMatch(words)
    expect(message).not.toContain(key)
  })

  it('something signed that is no JSON', async () => {
    for (const bytes of [Buffer.from('<html>'), Buffer.from([0x22, 0xff, 0x22])])
      await expect(
        unwrap(bytes, headersWith(v1(aSecret, id, timestamp, bytes)), aSecret, { now }),
      ).rejects.toMatchObject({ code: 'body_not_json' })
  })

  it('the right signature, behind more wrong ones than a rotation makes', async () => {
    const wrong = Array.from({ length: 16 }, () => v1(other, id, timestamp, body))
    await expect(
      unwrap(body, headersWith(...wrong, headers['webhook-signature']), aSecret, { now }),
    ).rejects.toMatchObject({
      code: 'signature_mismatch',
    })
  })

  it.each([
    { toleranceSeconds: Number.NaN },
    { toleranceSeconds: -1 },
    { toleranceSeconds: '300' as unknown as number },
    { now: new Date(Number.NaN) },
    { now: 1_700_000_000 as unknown as Date },
  ])('options that would let everything pass: %o', async (options) => {
    await expect(unwrap(body, headers, aSecret, options)).rejects.toBeInstanceOf(TypeError)
  })
})

describe('beside the official libraries', () => {
  const anySecret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(encodeSecret)
  const anyId = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
  const anyJson = fc.json({ stringUnit: 'binary' }).filter((json) => json.isWellFormed())

  it.each([
    ['standardwebhooks', (secret: string) => new Webhook(secret)],
    ['svix', (secret: string) => new SvixWebhook(secret)],
  ])('what %s signs is accepted, and nothing else', async (_, create) => {
    await fc.assert(
      fc.asyncProperty(anySecret, anyId, anyJson, async (secret, id, body) => {
        const now = new Date()
        const signed = {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': create(secret).sign(id, now, body),
        }
        expect(await unwrap(body, signed, secret)).toEqual(JSON.parse(body))
        expect(await unwrap(new TextEncoder().encode(body), new Headers(signed), [secret])).toEqual(JSON.parse(body))
        await expect(unwrap(`${body}1`, signed, secret)).rejects.toThrow()
        await expect(unwrap(body, { ...signed, 'webhook-id': `${id}1` }, secret)).rejects.toThrow()
      }),
    )
  })

  it('what the service signs is accepted by all three, while secrets rotate too', async () => {
    await fc.assert(
      fc.asyncProperty(anySecret, anySecret, anyId, anyJson, async (older, newer, id, body) => {
        const signed = webhookHeaders({ hmac: hmacSha256, ed25519 }, [newer, older], {
          id,
          timestampSeconds: Math.floor(Date.now() / 1000),
          body,
        })
        for (const secret of [older, newer]) {
          expect(await unwrap(body, signed, secret)).toEqual(JSON.parse(body))
          expect(new Webhook(secret).verify(body, signed)).toEqual(JSON.parse(body))
          // It says nothing when it accepts.
          new SvixWebhook(secret).verify(body, signed)
        }
      }),
    )
  })

  it('no change of one bit in a delivery is accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 7 }), fc.constantFrom('body', 'signature'), async (at, bit, part) => {
        const bytes = Buffer.from(
          part === 'body' ? body : v1(aSecret, id, timestamp, body).slice(3),
          part === 'body' ? 'utf8' : 'base64',
        )
        const index = at % bytes.length
        bytes[index]! ^= 1 << bit
        const [given, signed] =
          part === 'body' ? [bytes, headers] : [body, headersWith(`v1,${bytes.toString('base64')}`)]
        await expect(unwrap(given, signed, aSecret, { now })).rejects.toMatchObject({
          name: 'WebhookVerificationError',
        })
      }),
    )
  })
})
