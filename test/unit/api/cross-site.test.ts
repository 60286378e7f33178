import { describe, expect, it } from 'vitest'
import { isFromOwnPage, maySignIn } from '#api/cross-site.ts'
import { isReachedByHttps, ownOrigins } from '#api/origin.ts'

const own = ['https://backhaul.example.com']
const [ownOrigin] = own
const from = (method: string, site?: string, origin?: string) => ({ method, site, origin })

describe('a request with a cookie', () => {
  it.each([
    ['same-origin', ownOrigin, true, true],
    ['same-origin', undefined, true, true],
    // A neighbouring subdomain, another port of the own machine.
    ['same-site', 'https://other.example.com', false, false],
    ['cross-site', 'https://elsewhere.example', false, false],
    // What Sec-Fetch-Site says goes before Origin, which older browsers leave out or send as null.
    ['cross-site', ownOrigin, false, false],
    // Typed into the address bar.
    ['none', undefined, true, false],
    ['something new', ownOrigin, false, false],
    ['', ownOrigin, false, false],
    ['same-origin, cross-site', ownOrigin, false, false],
    [undefined, ownOrigin, true, true],
    [undefined, 'https://elsewhere.example', false, false],
    [undefined, 'http://backhaul.example.com', false, false],
    [undefined, 'https://backhaul.example.com:8443', false, false],
    [undefined, 'https://backhaul.example.com.elsewhere.example', false, false],
    [undefined, 'https://backhaul.example.com/', false, false],
    [undefined, 'null', false, false],
    [undefined, '', false, false],
    // A program with a jar of cookies, or a browser on a plain http address that reads.
    [undefined, undefined, true, false],
  ])('from %j with the Origin %j may read: %j, and change: %j', (site, origin, reads, changes) => {
    for (const method of ['GET', 'HEAD']) expect(isFromOwnPage(from(method, site, origin), own), method).toBe(reads)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get'])
      expect(isFromOwnPage(from(method, site, origin), own), method).toBe(changes)
  })
})

describe('a request that signs in', () => {
  it.each([
    ['same-origin', ownOrigin, true],
    [undefined, ownOrigin, true],
    [undefined, undefined, true],
    ['same-site', 'https://other.example.com', false],
    ['cross-site', undefined, false],
    ['none', undefined, false],
    [undefined, 'null', false],
  ])('from %j with the Origin %j may: %j', (site, origin, may) => {
    expect(maySignIn(from('POST', site, origin), own)).toBe(may)
  })
})

describe('the own origin', () => {
  it.each<[string, string, string | null, string[]]>([
    ['http', 'localhost:8080', null, ['http://localhost:8080']],
    ['https', 'a.example.com', null, ['https://a.example.com']],
    ['https', 'a.example.com:443', null, ['https://a.example.com']],
    ['http', '[::1]:8080', null, ['http://[::1]:8080']],
    ['http', 'A.EXAMPLE.com', null, ['http://a.example.com']],
    ['http', 'a.example.com', 'https://a.example.com/backhaul', ['http://a.example.com', 'https://a.example.com']],
    ['http', '', null, []],
    ['http', 'a/b', null, []],
    ['http', 'u@a', null, []],
    ['http', 'a b', null, []],
  ])('of %s at %j with the PUBLIC_URL %j is %j', (protocol, host, publicUrl, origins) => {
    expect(ownOrigins({ protocol: protocol as 'http', host }, publicUrl)).toEqual(origins)
  })

  it.each<[string, string, string | null, boolean]>([
    ['https', 'a.example.com', null, true],
    ['https', 'a.example.com', 'http://a.example.com', true],
    ['http', 'a.example.com', null, false],
    // TLS ends at a proxy that does not say so.
    ['http', 'a.example.com', 'https://a.example.com', true],
    ['http', 'a.example.com:443', 'https://a.example.com', true],
    // By a back door, where a browser keeps no Secure cookie.
    ['http', '10.0.0.5:8080', 'https://a.example.com', false],
    ['http', 'a.example.com', 'http://a.example.com', false],
  ])('of %s at %j with the PUBLIC_URL %j is https: %j', (protocol, host, publicUrl, isHttps) => {
    expect(isReachedByHttps({ protocol: protocol as 'http', host }, publicUrl)).toBe(isHttps)
  })
})
