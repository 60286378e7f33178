import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loggedHeaders, loggedResponseHeaders, loggedText } from '#core/deliveries/rules/attempt-log.ts'

describe('the header fields of an attempt in the log', () => {
  it('are shown as they were sent, but for every signature', () => {
    const sent = {
      'content-type': 'application/json',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,aGFzaA== v1a,c2lnbmF0dXJl',
    }
    expect(loggedHeaders(sent)).toEqual({ ...sent, 'webhook-signature': 'v1,••• v1a,•••' })
  })

  it('show no value of a field that is not ours, however it is written', () => {
    const value = fc.string({ minLength: 8 }).map((text) => `secret-${text}`)
    const name = fc.constantFrom('Authorization', 'x-api-key', 'COOKIE', 'X-Webhook-Id', 'webhook-secret')
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        const logged = loggedHeaders(headers)
        expect(JSON.stringify(logged)).not.toContain('secret-')
        expect(Object.keys(logged)).toEqual(Object.keys(headers).map((each) => each.toLowerCase()))
      }),
    )
  })
})

describe('the header fields of a response in the log', () => {
  it('are printable, without what a browser would keep, and of bounded size', () => {
    expect(loggedResponseHeaders({ Server: 'a\u001b[2J', 'Set-Cookie': 'session=1' })).toEqual({
      server: 'a\\u001b[2J',
      'set-cookie': '•••',
    })
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x-${n}`, 'y'.repeat(100)]))
    expect(JSON.stringify(loggedResponseHeaders(many)).length).toBeLessThan(5_000)
  })
})

describe('text from outside in the log', () => {
  it.each([
    ['plain text', 'Ünïcode 😀 "quoted" \\ {}', 'Ünïcode 😀 "quoted" \\ {}'],
    ['lines and tabs', 'a\r\n\tb', 'a\\u000d\n\tb'],
    ['NUL', 'a\0b', 'a\\u0000b'],
    ['an escape sequence of a terminal', '\u001b[2J\u009b31m', '\\u001b[2J\\u009b31m'],
    ['what turns the direction of writing', 'a\u202Eb\u2066c', 'a\\u202eb\\u2066c'],
    ['half a surrogate pair', 'a\ud800b', 'a\uFFFDb'],
  ])('%s', (_, given, logged) => {
    expect(loggedText(given)).toBe(logged)
  })

  it('never holds a control character, and is the same when it is logged again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const logged = loggedText(text)
        expect(logged).not.toMatch(/(?![\n\t])\p{Cc}/u)
        expect(loggedText(logged)).toBe(logged)
      }),
    )
  })
})
