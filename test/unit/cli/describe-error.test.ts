import { describe, expect, it } from 'vitest'
import { describeError, type Failure } from '#cli/rules/describe-error.ts'
import { exitCodes } from '#cli/rules/exit-codes.ts'

const url = 'http://127.0.0.1:8080'
const problem = (status: number, code: string, more: Partial<Failure> = {}): Failure => ({
  status,
  code,
  message: 'it is so',
  fix: 'Do it otherwise.',
  ...more,
})
const fault = (pointer: string, code: string, detail: string, fix?: string) => ({
  pointer,
  code,
  detail,
  ...(fix ? { fix } : {}),
})
const { usage, refused, unreachable, local, failed } = exitCodes

describe('an error is told in a sentence that says what to do, with an exit code', () => {
  it.each<[string, Failure, RegExp, number]>([
    [
      'a service that is not there',
      problem(0, 'connection_failed', { message: `no response from ${url}: ECONNREFUSED` }),
      /^http:\/\/127\.0\.0\.1:8080 cannot be reached \(ECONNREFUSED\): .*--url/,
      unreachable,
    ],
    ['one that is silent', problem(0, 'timeout'), /cannot be reached \(it did not answer in time\)/, unreachable],
    [
      'an address that redirects',
      { ...problem(301, 'unexpected_response'), message: 'http://b redirects to https://b' },
      /^http:\/\/b redirects to https:\/\/b: if that is the service, give its address/,
      unreachable,
    ],
    ['another server', problem(404, 'unexpected_response'), /is not Backhaul \(404\).*--url/, unreachable],
    [
      'trouble of the service',
      problem(503, 'unavailable', { requestId: 'req-7' }),
      /\(503, request req-7\): it is so\. Try again later/,
      unreachable,
    ],
    [
      'a proxy that does not reach the service',
      problem(502, 'unexpected_response'),
      /\(502\).*Try again later/,
      unreachable,
    ],
    ['a wrong key', problem(401, 'unauthorized'), /^The key is not valid at http.*backhaul login/, refused],
    ['a missing scope', problem(403, 'forbidden'), /^it is so\. Do it otherwise\.$/, refused],
    ['what is not there', problem(404, 'not_found'), /^it is so\. Do it otherwise\.$/, refused],
    [
      'a route of another version',
      problem(404, 'not_found', { message: 'There is nothing at this address.' }),
      /of another version: use the `backhaul` that belongs to it/,
      refused,
    ],
    ['a method of another version', problem(405, 'method_not_allowed'), /another version/, refused],
    [
      'a field of another version',
      problem(400, 'invalid_request', { errors: [fault('/kind', 'additionalProperties', 'There is no such field.')] }),
      /another version/,
      refused,
    ],
    [
      'what was given wrongly',
      problem(400, 'invalid_request', { errors: [fault('/limit', 'maximum', 'It must be <= 200', 'Less.')] }),
      /^\/limit: It must be <= 200\. Less\.$/,
      usage,
    ],
    [
      'two errors at once',
      problem(422, 'unsupported_url', { errors: [fault('/0/url', 'a', 'no'), fault('/3/url', 'a', 'nor this')] }),
      /^\/0\/url: no\.\n {2}\/3\/url: nor this\.$/,
      refused,
    ],
    ['too many requests', problem(429, 'rate_limited', { retryAfterMs: 90_000 }), /Try again in 2 min\.$/, refused],
    ['a file that came damaged', problem(0, 'file_damaged'), /^it is so\. Do it otherwise\.$/, failed],
    ['a full disk', { message: '', code: 'ENOSPC', path: '/a/b' }, /^The disk is full \(\/a\/b\): make room/, local],
    [
      'a file that is there',
      { message: '/a/b exists already: give another path', code: 'EEXIST' },
      /^\/a\/b exists already: .*-o, or --force/,
      local,
    ],
    ['no permission', { message: '', code: 'EACCES', path: '/root/x' }, /^\/root\/x may not be opened/, local],
    ['a missing folder', { message: '', code: 'ENOENT', path: '/no/x' }, /create the folder first/, local],
    ['what is no id', { message: '".." is no id: /v1/tasks/…' }, /^"\.\." is no id: give one like tsk_….$/, usage],
  ])('%s', (_what, failure, sentence, exitCode) => {
    const described = describeError(failure, url)
    expect(described?.sentence).toMatch(sentence)
    expect(described?.exitCode).toBe(exitCode)
  })

  it('a mistake of the program is not described', () => {
    expect(describeError(new TypeError('undefined is no function'), url)).toBeNull()
  })

  it('what a server says steers no terminal', () => {
    const described = describeError(problem(403, 'forbidden', { message: '\u001b]0;owned\u0007 no' }), url)
    expect(described?.sentence).toBe('\uFFFD]0;owned\uFFFD no. Do it otherwise.')
  })

  it('takes an address with a path for a wrong one, and not the service for an old one', () => {
    const nothing = problem(404, 'not_found', { message: 'There is nothing at this address.' })
    expect(describeError(nothing, `${url}/v1`)).toEqual({
      sentence: expect.stringMatching(/^There is no API of Backhaul at http:\S+\/v1: give the address without \/v1 /),
      exitCode: unreachable,
    })
    expect(describeError(problem(405, 'method_not_allowed'), `${url}/v1`)).toMatchObject({ exitCode: refused })
  })
})
