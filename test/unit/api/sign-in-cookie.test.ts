import { describe, expect, it } from 'vitest'
import { readCookie, setCookie } from '#api/sign-in-cookie.ts'

const plain = { isSecure: false, port: null }
const secure = { isSecure: true, port: null }

describe('the cookie of a sign-in', () => {
  it.each([
    [plain, 'backhaul-sign-in=s; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict'],
    [secure, '__Host-backhaul-sign-in=s; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure'],
  ])('is for scripts and other sites out of reach, with %j', (how, field) => {
    expect(setCookie('s', how)).toBe(field)
  })

  it.each([
    [plain, 'backhaul-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict'],
    [secure, '__Host-backhaul-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure'],
  ])('goes with the same attributes, with %j', (how, field) => {
    expect(setCookie(null, how)).toBe(field)
  })

  it.each<[string, string | undefined, string | null]>([
    ['no field', undefined, null],
    ['an empty field', '', null],
    ['the cookie alone', 'backhaul-sign-in=abc', 'abc'],
    ['others around it', 'a=1; backhaul-sign-in=abc;b=2', 'abc'],
    ['spaces around it', 'a=1;   backhaul-sign-in = abc ', 'abc'],
    ['an equals sign in its value', 'backhaul-sign-in=a=b=', 'a=b='],
    ['no value', 'backhaul-sign-in=', null],
    ['no equals sign', 'backhaul-sign-in', null],
    ['a name that begins with it', 'backhaul-sign-in2=abc', null],
    ['a name that ends with it', 'x-backhaul-sign-in=abc', null],
    ['a name in capitals', 'Backhaul-Sign-In=abc', null],
    ['the name of https', '__Host-backhaul-sign-in=abc', null],
    ['semicolons and nothing else', ';;;;', null],
  ])('is read from a field with %s', (_what, field, secret) => {
    expect(readCookie(field, plain)).toBe(secret)
  })

  it('is read over https by its own name alone, which no neighbour can set', () => {
    expect(readCookie('backhaul-sign-in=planted; __Host-backhaul-sign-in=abc', secure)).toBe('abc')
    expect(readCookie('backhaul-sign-in=planted', secure)).toBeNull()
  })

  it.each([
    [{ isSecure: false, port: 8080 }, 'backhaul-sign-in-8080'],
    [{ isSecure: true, port: 8443 }, '__Host-backhaul-sign-in-8443'],
  ])('is another one at each port of a host, whose cookies all ports share, with %j', (site, name) => {
    expect(setCookie('s', site)).toMatch(new RegExp(`^${name}=s; Path=/; `))
    expect(readCookie(`backhaul-sign-in=a; ${name}1=b; ${name}=s; __Host-backhaul-sign-in=c`, site)).toBe('s')
    expect(readCookie('backhaul-sign-in=a; __Host-backhaul-sign-in=c', site)).toBeNull()
  })

  it.each([
    'backhaul-sign-in=a; backhaul-sign-in=b',
    'backhaul-sign-in=a;backhaul-sign-in=a',
    'backhaul-sign-in=; backhaul-sign-in=a',
  ])('is refused when there are two of the name: %s', (field) => {
    expect(() => readCookie(field, plain)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })
})
