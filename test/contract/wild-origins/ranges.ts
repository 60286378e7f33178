import type { Scenario } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import { completed, final, lines, type WildRow } from './row.ts'

const MiB = 2 ** 20
/** Two parts, of which the first comes before the cut. */
const bytes = Buffer.alloc(6 * MiB)
for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at)
const newBytes = Buffer.from(bytes.map((byte) => byte ^ 0x5a))
const cutAt = 5.5 * MiB

interface Version {
  etag: string
  bytes: Buffer
}
const old: Version = { etag: '"old"', bytes }
const next: Version = { etag: '"new"', bytes: newBytes }

const about = ({ etag }: Version) => ['Content-Type: application/octet-stream', 'Accept-Ranges: bytes', `ETag: ${etag}`]
const whole = (version = old): Scenario => [
  { send: lines('HTTP/1.1 200 OK', ...about(version), `Content-Length: ${version.bytes.length}`) },
  { send: version.bytes },
]
const cutOff = (version = old): Scenario => [whole(version)[0]!, { send: version.bytes.subarray(0, cutAt) }, 'end']
const part = ({ headers }: RawRequest, version = old, sent = version.bytes): Scenario => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range!)!
  const [from, to] = [Number(first), last ? Number(last) : version.bytes.length - 1]
  const range = [`Content-Range: bytes ${from}-${to}/${version.bytes.length}`, `Content-Length: ${to - from + 1}`]
  return [
    { send: lines('HTTP/1.1 206 Partial Content', ...about(version), ...range) },
    { send: sent.subarray(from, to + 1) },
  ]
}
const says = (status: number, ...fields: string[]): Scenario => [
  { send: `${lines(`HTTP/1.1 ${status} Words`, 'Content-Length: 5', ...fields)}words` },
]
const login = '<!doctype html><form action="/login"><input type="password"></form>'
const page = (...fields: string[]): Scenario => [
  { send: lines('HTTP/1.1 200 OK', `Content-Length: ${login.length}`, ...fields) + login },
]
const html = 'Content-Type: text/html; charset=utf-8'
const leadsTo = (location: string, status = 302): Scenario => says(status, `Location: ${location}`)

/** What it does with the first request, with those for a range (from 0), with the others for the whole, and at other paths. */
interface Course {
  range(request: RawRequest, nth: number): Scenario
  whole?: (request: RawRequest) => Scenario
  elsewhere?: (request: RawRequest) => Scenario
}
function course({ range, whole: later = () => whole(), elsewhere = () => page(html) }: Course): WildRow['does'] {
  let ranges = 0
  let isBegun = false
  return (request) => {
    if (request.path !== '/data') return elsewhere(request)
    if (request.headers.range !== undefined) return range(request, ranges++)
    if (isBegun) return later(request)
    isBegun = true
    return cutOff()
  }
}

/** It breaks off its first body, and answers every request for a range like this: the whole is fetched, and that is said. */
const refusals: Record<string, Course['range'] | Course> = {
  'a redirect to a login page': () => leadsTo('/login'),
  'a redirect to a login page without a type': { range: () => leadsTo('/login'), elsewhere: () => page() },
  'a login page at once': () => page(html),
  'an empty page': () => says(200, html),
  '303 to a login page': () => leadsTo('/login', 303),
  '307 to a login page': () => leadsTo('/login', 307),
  '308 to a page that is not there': { range: () => leadsTo('/gone', 308), elsewhere: () => says(404) },
  'a redirect without a target': () => says(302),
  'a redirect to itself': () => leadsTo('/data'),
  'a redirect to a private address': () => leadsTo('http://10.1.2.3/data'),
  'a redirect to another file of the same type': { range: () => leadsTo('/other'), elsewhere: () => whole(next) },
  nothing: () => ['end'],
  'a reset': () => ['reset'],
  'a reset within the head': () => [{ send: 'HTTP/1.1 206 Partial Con' }, 'reset'],
  silence: () => ['stall'],
  'another protocol': () => [{ send: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'end'],
  'two different lengths': () => [
    { send: lines('HTTP/1.1 206 Partial Content', 'Content-Length: 5', 'Content-Length: 6') },
    'end',
  ],
}
for (const status of [202, 204, 304, 400, 401, 403, 404, 405, 406, 410, 412, 451, 500, 501, 502, 504, 505, 520])
  refusals[`${status}`] = () => says(status)

const refused = Object.entries(refusals).map(
  ([what, how]): WildRow => ({
    that: `breaks off, and answers requests for a range with ${what}`,
    does: course(typeof how === 'function' ? { range: how } : how),
    becomes: completed(['ranges_unusable'], bytes),
  }),
)

/** What says nothing of ranges: it goes on, or begins anew, and nothing is said. */
const others: Record<string, { course: Course; stored?: Buffer }> = {
  'grants the range': { course: { range: (request) => part(request) } },
  'answers 412 to every If-Range': {
    course: { range: (request) => (request.headers['if-range'] ? says(412) : part(request)) },
  },
  'answers 400 to every If-Range': {
    course: { range: (request) => (request.headers['if-range'] ? says(400) : part(request)) },
  },
  'answers 200 to every If-Range': {
    course: { range: (request) => (request.headers['if-range'] ? whole() : part(request)) },
  },
  'answers 412 to an If-Range of a version that is gone': {
    course: {
      range: (request) => (request.headers['if-range'] ? says(412) : part(request, next)),
      whole: () => whole(next),
    },
    stored: newBytes,
  },
  'answers 429 to a range twice': { course: { range: (request, nth) => (nth < 2 ? says(429) : part(request)) } },
  'answers 503 to a range twice': { course: { range: (request, nth) => (nth < 2 ? says(503) : part(request)) } },
  'has a new version meanwhile': {
    course: { range: () => whole(next), whole: () => whole(next) },
    stored: newBytes,
  },
  'has a new version of another type meanwhile': {
    course: { range: () => page('Content-Type: text/plain'), whole: () => page('Content-Type: text/plain') },
    stored: Buffer.from(login),
  },
  'ignores ranges': { course: { range: () => whole() } },
  'answers 416': { course: { range: () => says(416, 'Content-Range: bytes */6291456') } },
  'grants another range': {
    course: { range: (request) => part({ ...request, headers: { ...request.headers, range: 'bytes=1-9' } }) },
  },
  'grants the range of a login page': {
    course: { range: (request) => part(request, { etag: '"login"', bytes: Buffer.alloc(bytes.length, login) }) },
  },
}
const going = Object.entries(others).map(
  ([what, { course: how, stored = bytes }]): WildRow => ({
    that: `breaks off, and ${what}`,
    does: course(how),
    becomes: completed([], stored),
  }),
)

/** A refusal that is over when the whole has been asked for: what is stored stays, and the whole is not read. It would be another. */
const passing = (['500', '502', 'a reset', 'silence'] as const).map((what): WildRow => {
  let isAsked = false
  return {
    that: `breaks off, and answers requests for a range with ${what} until the whole is asked for`,
    does: course({
      range: (request) => {
        if (isAsked) return part(request)
        return what === 'a reset' ? ['reset'] : what === 'silence' ? ['stall'] : says(Number(what))
      },
      whole: () => {
        isAsked = true
        return whole({ ...old, bytes: newBytes })
      },
    }),
    becomes: completed([], bytes),
  }
})

const wholeFailsToo: WildRow[] = [
  ['403', says(403), '404', says(404), final('fileDoesNotExist', /404/)],
  ['500', says(500), '403', says(403), final('noPermissionsToReadFile', /403/)],
  ['a reset', ['reset'] as Scenario, '410', says(410), final('fileDoesNotExist', /410/)],
  ['401', says(401), '401', says(401), final('userAuthenticationRequired', /401/)],
  ['a login page', leadsTo('/login'), '404', says(404), final('fileDoesNotExist', /404/)],
].map(([range, rangeSays, all, allSays, becomes]) => ({
  that: `breaks off, and answers a range with ${range} and everything else with ${all}`,
  does: course({ range: () => rangeSays as Scenario, whole: () => allSays as Scenario }),
  becomes: { ...(becomes as ReturnType<typeof final>), attempts: 2 },
}))

/** Whoever asks it for a range after that gets wrong bytes under the right tag. */
const remembered = (): WildRow['does'] => {
  let wholes = 0
  return (request) => {
    if (request.headers.range === undefined) return ++wholes < 4 ? cutOff() : whole()
    return wholes < 2 ? says(403) : part(request, old, newBytes)
  }
}

/** Origins that cannot deal with requests for a range, or only in their way. */
export const ranges: WildRow[] = [
  ...refused,
  ...going,
  ...passing,
  ...wholeFailsToo,
  {
    that: 'breaks off thrice, answers a range with 403 at first and lies about ranges later',
    does: remembered(),
    becomes: { ...completed(['ranges_unusable'], bytes), attempts: 4 } as WildRow['becomes'],
  },
]
