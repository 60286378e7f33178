import type { RawRequest } from '#support/origins/raw-origin.ts'
import { completed, fileWith, final, lines, type WildRow } from './row.ts'

const redirect = (to: string, ...fields: string[]) =>
  lines('HTTP/1.1 302 Found', `Location: ${to}`, 'Content-Length: 0', ...fields)
/** What a request gets that should have been another one. */
const wrong = lines('HTTP/1.1 418 Wrong', 'Content-Length: 0')
const fileIf = (isRight: boolean) => (isRight ? fileWith() : wrong)
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

/** Redirects to `location`; the file is at `path`, and nowhere else. */
const leads = (that: string, location: string, path: string): WildRow => ({
  that: `redirects to ${that}`,
  does: (request) => (request.path === '/data' ? redirect(location) : fileIf(request.path === path)),
  becomes: completed(),
  requests: 2,
})
const refused = (that: string, location: string, detail: RegExp): WildRow => ({
  that: `redirects to ${that}`,
  does: redirect(location),
  becomes: final('destination_denied', detail),
  requests: 1,
})
/** Sets cookies on the way, and has the file for exactly `wanted` in the Cookie field. */
const cookies = (that: string, set: string[], wanted: string | undefined, path = '/end'): WildRow => ({
  that: `sets ${that}`,
  does: (request) =>
    request.path === '/data'
      ? redirect(path, ...set.map((cookie) => `Set-Cookie: ${cookie}`))
      : fileIf(request.headers.cookie === wanted),
  becomes: completed(),
  requests: 2,
})
const has = ({ headers }: RawRequest, cookie: string) => (headers.cookie ?? '').split('; ').includes(cookie)
const given = {
  httpAdditionalHeaders: {
    Authorization: 'Bearer secret',
    Cookie: 'given=1',
    'X-Key': 'key',
    'User-Agent': 'me/1',
    Accept: 'application/zip',
    'Accept-Language': 'de',
  },
}
const hasAll = ({ headers }: RawRequest) =>
  headers.authorization === 'Bearer secret' && headers.cookie === 'given=1' && headers['x-key'] === 'key'
const hasNone = ({ headers }: RawRequest) =>
  headers.authorization === undefined && headers.cookie === undefined && headers['x-key'] === undefined
const saysWho = ({ headers }: RawRequest) =>
  headers['user-agent'] === 'me/1' && headers.accept === 'application/zip' && headers['accept-language'] === 'de'

/** Where a redirect leads, and what goes along. */
export const redirects: WildRow[] = [
  leads('a path', '/end', '/end'),
  leads('a path with a raw space', '/a file.zip', '/a%20file.zip'),
  leads('a path with raw UTF-8', utf8('/büro.zip'), '/b%C3%BCro.zip'),
  leads('a path with raw Latin-1', '/b\xfcro.zip', '/b%FCro.zip'),
  leads('a query with raw UTF-8', utf8('/end?name=büro'), '/end?name=b%C3%BCro'),
  leads('a path with a backslash', '\\files\\end', '/files/end'),
  leads('a path with a tab', '/en\td', '/end'),
  leads('a path with a control character', '/en\x01d', '/en%01d'),
  leads('a path with a bare CR', '/en\rd', '/end'),
  leads('a path behind its scheme', 'http:end', '/end'),
  leads('a path behind its scheme and a slash', 'HTTP:/end', '/end'),
  leads('a path with dots', '/x/../y/./end', '/y/end'),
  leads('a path that is encoded already', '/a%20b%2Fc', '/a%20b%2Fc'),
  leads('a path with a stray percent sign', '/100%', '/100%'),
  leads('a path with braces and quotes', '/{a}"b"', '/%7Ba%7D%22b%22'),
  leads('a path with an emoji', utf8('/😀'), '/%F0%9F%98%80'),
  leads('a path behind which there is a fragment', '/end#part of it', '/end'),
  leads('a query alone', '?end', '/data?end'),
  leads('a query of 10 kB', `/end?${'q'.repeat(10_000)}`, `/end?${'q'.repeat(10_000)}`),
  leads('a query of 60 kB', `/end?${'q'.repeat(60_000)}`, `/end?${'q'.repeat(60_000)}`),
  leads('a path of 64 KiB', `/${'p'.repeat(65_535)}`, `/${'p'.repeat(65_535)}`),
  {
    that: 'redirects without a scheme, over backslashes',
    does: ({ path, headers }) => (path === '/data' ? redirect(`\\\\${headers.host}\\end`) : fileIf(path === '/end')),
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'says the same Location twice',
    does: ({ path }) => (path === '/data' ? redirect('/end', 'Location: /end') : fileIf(path === '/end')),
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'redirects with user information for itself',
    does: ({ path, headers, head }) =>
      path === '/data' ? redirect(`http://user:word@${headers.host}/end`) : fileIf(!head.includes('word')),
    becomes: completed(['redirect_credentials_dropped']),
    requests: 2,
  },
  {
    that: 'redirects with user information for itself, and an address in the query',
    does: ({ path, headers }) =>
      path === '/data'
        ? redirect(`http://user@${headers.host}?mail=x@127.0.0.2`)
        : fileIf(path === '/?mail=x@127.0.0.2'),
    becomes: completed(['redirect_credentials_dropped']),
    requests: 2,
  },
  {
    that: 'redirects with user information for another host',
    does: (_, elsewhere) => redirect(elsewhere.replace('//', '//user:word@')),
    elsewhere: { host: '127.0.0.2', does: fileWith() },
    becomes: final('destination_denied', /user name/),
    requests: 1,
  },
  {
    that: 'redirects to the other port with user information',
    does: (_, elsewhere) => redirect(`${elsewhere.replace('//', '//user:word@')}/end`),
    elsewhere: { does: ({ head }) => fileIf(!head.includes('word') && !/authorization/i.test(head)) },
    becomes: completed(['redirect_credentials_dropped']),
    requests: 1,
  },

  refused('a path of 64 KiB and a byte', `/${'p'.repeat(65_536)}`, /longer than 65536 bytes/),
  refused('another scheme', 'ftp://example.com/file.zip', /scheme/),
  refused('a file of ours', 'file:///etc/passwd', /scheme/),
  refused('data', 'data:,file', /scheme/),
  refused('a private address', 'http://10.1.2.3/', /address is not a public one/),
  refused('a private address over backslashes', '\\\\10.1.2.3\\x', /address is not a public one/),
  refused('a private address over three slashes', '///10.1.2.3/x', /address is not a public one/),
  refused('a private address behind a scheme without slashes', 'https:10.1.2.3/x', /address is not a public one/),
  refused('a private address with a tab in it', 'http://10.1.\t2.3/', /address is not a public one/),
  refused('the metadata service', 'http://169.254.169.254/latest/meta-data/', /address is not a public one/),
  refused('an internal name', 'http://db.internal/', /private network/),
  refused('an internal name in full-width letters', utf8('http://ｌｏｃａｌｈｏｓｔ/'), /private network/),
  refused('a single label', 'http://fileserver/x', /without a domain/),
  refused('a name that is none', 'http://-bad-.example/', /not a valid domain name/),
  refused('the port of a mail server', 'http://example.com:25/', /port/),
  refused('the port of a database', 'http://example.com:5432/', /port/),
  refused('an address that is spelled otherwise', 'http://2130706433/', /IPv4 address/),
  {
    that: 'redirects eleven times',
    does: ({ index }) => redirect(`/${index}`),
    becomes: final('httpTooManyRedirects'),
    requests: 11,
  },
  {
    that: 'redirects ten times',
    does: ({ index }) => (index < 10 ? redirect(`/${index}`) : fileWith()),
    becomes: completed(),
    requests: 11,
  },
  {
    that: 'redirects to itself for ever',
    does: redirect('/data'),
    becomes: final('httpTooManyRedirects'),
    requests: 11,
  },
  {
    that: 'redirects eleven times, each time with another cookie',
    does: ({ index }) => redirect('/data', `Set-Cookie: n=${index}`),
    becomes: final('httpTooManyRedirects'),
    requests: 11,
  },
  {
    that: 'redirects to itself until its cookie comes back',
    does: (request) => (has(request, 'seen=1') ? fileWith() : redirect('/data', 'Set-Cookie: seen=1')),
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'redirects to itself until three cookies have come, one after the other',
    does: (request) => {
      const missing = ['a=1', 'b=2', 'c=3'].find((cookie) => !has(request, cookie))
      return missing === undefined ? fileWith() : redirect('/data', `Set-Cookie: ${missing}; Path=/; HttpOnly`)
    },
    becomes: completed(),
    requests: 4,
  },
  {
    that: 'wants the cookie of a login on its other port, which redirects back',
    does: (request, elsewhere) => (has(request, 'login=1') ? fileWith() : redirect(`${elsewhere}/login`)),
    elsewhere: { does: (_, first) => redirect(`${first}/data`, 'Set-Cookie: login=1; Path=/') },
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'sets a cookie that its target fails with an error first, and then again',
    does: (request) => {
      if (request.path === '/data')
        return request.headers.cookie === undefined ? redirect('/end', `Set-Cookie: n=${request.index}`) : wrong
      if (request.index < 2) return lines('HTTP/1.1 503 Busy', 'Content-Length: 0')
      return fileIf(request.headers.cookie === 'n=2')
    },
    becomes: { ...completed(), attempts: 2 },
    requests: 4,
  },
  cookies('a cookie', ['a=1'], 'a=1'),
  cookies('two cookies', ['a=1', 'b=2'], 'a=1; b=2'),
  cookies('a cookie twice', ['a=1', 'a=2'], 'a=2'),
  cookies('a cookie with a date', ['a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT; Path=/'], 'a=1'),
  cookies('a cookie of the past', ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], undefined),
  cookies('a cookie and takes it back', ['a=1', 'a=; Max-Age=0'], undefined),
  cookies('a cookie for its own address', ['a=1; Domain=127.0.0.1'], 'a=1'),
  cookies('a cookie for another host', ['a=1; Domain=127.0.0.2', 'b=2'], 'b=2'),
  cookies('a cookie for another domain', ['a=1; Domain=example.com'], undefined),
  cookies('a cookie for a public suffix', ['a=1; Domain=co.uk'], undefined),
  cookies('a cookie for the path that follows', ['a=1; Path=/files'], 'a=1', '/files/end'),
  cookies('a cookie for another path', ['a=1; Path=/other'], undefined, '/files/end'),
  cookies('a cookie for https', ['a=1; Secure'], undefined),
  cookies('a cookie for its host by name, without https', ['__Host-a=1; Path=/'], undefined),
  cookies('a cookie for this site alone', ['a=1; SameSite=Strict'], 'a=1'),
  cookies('a quoted cookie', ['a="b c"'], 'a="b c"'),
  cookies('a cookie with a raw byte', ['a=b\xfcro'], 'a=b\xfcro'),
  cookies('a cookie of 6 kB', [`a=${'b'.repeat(6_000)}`, 'b=2'], 'b=2'),
  {
    that: 'sets a cookie and redirects to another host',
    does: (_, elsewhere) => redirect(`${elsewhere}/end`, 'Set-Cookie: a=1'),
    elsewhere: { host: '127.0.0.2', does: ({ headers }) => fileIf(headers.cookie === undefined) },
    becomes: completed(),
    requests: 1,
  },
  {
    that: 'joins a cookie to those of the client',
    does: ({ path, headers }) =>
      path === '/data' ? redirect('/end', 'Set-Cookie: a=1') : fileIf(headers.cookie === 'given=1; a=1'),
    session: given,
    becomes: completed(),
    requests: 2,
  },
  {
    that: "replaces a cookie of the client's",
    does: ({ path, headers }) =>
      path === '/data' ? redirect('/end', 'Set-Cookie: given=2') : fileIf(headers.cookie === 'given=2'),
    session: given,
    becomes: completed(),
    requests: 2,
  },

  {
    that: 'wants the headers of the client on the same origin',
    does: (request) => (request.path === '/data' ? redirect('/end') : fileIf(hasAll(request) && saysWho(request))),
    session: given,
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'redirects to another port, where the client only says who it is',
    does: (_, elsewhere) => redirect(`${elsewhere}/end`),
    elsewhere: { does: (request) => fileIf(hasNone(request) && saysWho(request)) },
    session: given,
    becomes: completed(),
    requests: 1,
  },
  {
    that: 'redirects to another host, where the client only says who it is',
    does: (_, elsewhere) => redirect(`${elsewhere}/end`),
    elsewhere: { host: '127.0.0.2', does: (request) => fileIf(hasNone(request) && saysWho(request)) },
    session: given,
    becomes: completed(),
    requests: 1,
  },
  {
    that: 'is reached again by way of another port, without the headers of the client',
    does: (request, elsewhere) =>
      request.path === '/data' ? redirect(`${elsewhere}/away`) : fileIf(hasNone(request) && saysWho(request)),
    elsewhere: { does: (_, first) => redirect(`${first}/end`) },
    session: given,
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'answers only who says its name and takes everything',
    does: ({ headers }) =>
      fileIf(/^Backhaul\/\d+\.\d+\.\d+$/.test(headers['user-agent'] ?? '') && headers.accept === '*/*'),
    becomes: completed(),
    requests: 1,
  },
]
