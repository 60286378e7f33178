import { type HostileOrigin, type Scenario, type Step, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'

/** One version of a resource: its tag, and bytes that differ from every other version's at every offset. */
export interface Version {
  name: string
  etag: string | null
  lastModified: string
  /** When its responses are made; absent: they do not say, so that `lastModified` proves nothing. */
  date?: string
  bytes: Buffer
  /** The content coding of the response, which was not requested. */
  coding?: string
}

/** What an origin can do with a request for a resource. */
export const lies = [
  'honest',
  'newVersion',
  'cdn200',
  'ignoresIfRange',
  'otherTag206',
  'noTag206',
  'twoTags206',
  'shiftedRange206',
  'otherTotal206',
  'noContentRange206',
  'starTotal206',
  'twoContentRanges206',
  'multipart206',
  'weakTag206',
  'coded206',
  'coded200',
  'coded200InChunks',
  'weakTag200',
  'dateOnly200',
  'noRanges200',
  'rangeNotSatisfiable',
  'shorter',
  'longer',
  'chunked',
  'chunkedTooLong',
  'chunkedTooShort',
  'untilClose',
  'reset',
  'chunkedReset',
  'resetInHead',
  'elsewhere',
  'elsewhereInChunks',
  'refused',
  'forbidden',
  'loginOnRange',
  'pageOnRange',
  'brokenOnRange',
  'missingOnRange',
  'resetOnRange',
  'ifRangeRefused',
  'twoLengths',
  'notHttp',
] as const
export type Lie = (typeof lies)[number]

export interface LyingResource {
  /** The current one first changes to the next when a lie says so. */
  versions: readonly Version[]
  /** What is at the place that a redirect leads to. */
  elsewhere: Version
  /** The lies for the next requests; further requests get honest responses. */
  next(): { lie: Lie; random: number }
  current: number
  /** Every version of which bytes were sent. */
  served: Set<Version>
  /** Milliseconds between pieces of a body; absent: as fast as it goes. */
  pauseMs?: number
}

/** An origin with many resources, each at a path of its own. */
export async function startLyingOrigin(): Promise<HostileOrigin & { serve(resource: LyingResource): string }> {
  const resources: LyingResource[] = []
  const origin = await startHostileOrigin((request) => {
    if (request.path === '/none/login') return loginPage
    const [, index = '', place] = request.path.split('/')
    const resource = resources[Number(index)]
    if (!resource) return [{ send: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' }]
    return place === 'elsewhere' ? honest(request, resource, resource.elsewhere) : answerOf(request, resource)
  })
  return {
    ...origin,
    serve: (resource) => origin.url(`/${resources.push(resource) - 1}`),
  }
}

/** What is no version of any resource. */
const loginPage: Scenario = [
  { send: head(200, { 'Content-Type': 'text/html', 'Content-Length': 4 }) },
  { send: 'form' },
]

/** The range asked for, as far as the version has it. */
function rangeOf({ headers }: RawRequest, { bytes }: Version): { first: number; last: number } | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '')
  if (!match) return null
  const first = Number(match[1])
  const last = Math.min(match[2] ? Number(match[2]) : bytes.length - 1, bytes.length - 1)
  return first <= last ? { first, last } : null
}

function head(status: number, fields: Record<string, string | number | null | undefined>): string {
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name.replace(/\d$/, '')}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`
}

function about(version: Version) {
  return {
    'Content-Type': 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    ETag: version.etag,
    'Last-Modified': version.lastModified,
    Date: version.date,
    'Content-Encoding': version.coding,
  }
}

function wholeOf(resource: LyingResource, version: Version, fields = {}): Scenario {
  resource.served.add(version)
  const { bytes } = version
  return [
    { send: head(200, { ...about(version), 'Content-Length': bytes.length, ...fields }) },
    ...bodySteps(resource, bytes),
  ]
}

function partOf(
  resource: LyingResource,
  version: Version,
  { first, last }: { first: number; last: number },
  fields = {},
  body = version.bytes.subarray(first, last + 1),
): Scenario {
  resource.served.add(version)
  const range = `bytes ${first}-${last}/${version.bytes.length}`
  const all = { ...about(version), 'Content-Length': body.length, 'Content-Range': range, ...fields }
  return [{ send: head(206, all) }, ...bodySteps(resource, body)]
}

function bodySteps({ pauseMs }: LyingResource, bytes: Buffer): Step[] {
  if (pauseMs === undefined) return [{ send: bytes }]
  const pieces: Step[] = []
  const step = Math.ceil(bytes.length / 8)
  for (let at = 0; at < bytes.length; at += step)
    pieces.push({ send: bytes.subarray(at, at + step) }, { waitMs: pauseMs })
  return pieces
}

/** RFC 9110 §13.1.5, §14.2. */
function honest(request: RawRequest, resource: LyingResource, version: Version, fields = {}): Scenario {
  const range = rangeOf(request, version)
  const condition = request.headers['if-range']
  const current = version.etag ?? version.lastModified
  const applies = range !== null && (condition === undefined || condition === current)
  return applies ? partOf(resource, version, range, fields) : wholeOf(resource, version, fields)
}

/** Cut where chance wants it, at least one byte before the end. */
function cut(steps: Scenario, random: number, end: Step): Scenario {
  const [first, ...rest] = steps as { send: string | Buffer }[]
  const body = Buffer.concat(rest.flatMap((step) => ('send' in step ? [Buffer.from(step.send)] : [])))
  return [first!, { send: body.subarray(0, Math.floor(random * body.length)) }, end]
}

function inChunks(steps: Scenario, more: Buffer = Buffer.alloc(0), cutTo = Infinity): Scenario {
  const [first, ...rest] = steps as { send: string | Buffer }[]
  const body = Buffer.concat(rest.flatMap((step) => ('send' in step ? [Buffer.from(step.send)] : [])))
  const bytes = Buffer.concat([body, more]).subarray(0, cutTo)
  const chunked = String(first!.send).replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
  return [{ send: chunked }, { send: bytes.length > 0 ? chunk : '' }, { send: '0\r\n\r\n' }]
}

function resetInChunks(steps: Scenario, random: number): Scenario {
  const [first, chunk] = inChunks(steps) as { send: string | Buffer }[]
  const bytes = Buffer.from(chunk!.send)
  return [first!, { send: bytes.subarray(0, Math.floor(random * bytes.length)) }, 'reset']
}

function answerOf(request: RawRequest, resource: LyingResource): Scenario {
  const { lie, random } = resource.next()
  if (lie === 'newVersion') resource.current = Math.min(resource.current + 1, resource.versions.length - 1)
  const version = resource.versions[resource.current]!
  const other = resource.versions[(resource.current + 1) % resource.versions.length]!
  const range = rangeOf(request, version)
  const otherRange = rangeOf(request, other)
  const truth = () => honest(request, resource, version)
  const part = (fields: Record<string, string | null>, of = version, at = range) =>
    at === null ? truth() : partOf(resource, of, at, fields)
  const coded: Version = { ...version, name: `${version.name}, coded`, bytes: codedBytes(version), coding: 'gzip' }
  const { length } = version.bytes

  switch (lie) {
    case 'honest':
    case 'newVersion':
      return truth()
    case 'cdn200':
      return request.headers['if-range'] === undefined ? truth() : wholeOf(resource, version)
    case 'ignoresIfRange':
      return part({})
    case 'otherTag206':
      return part({}, other, otherRange)
    case 'noTag206':
      return part({ ETag: null }, other, otherRange)
    case 'twoTags206':
      return part({ ETag2: version.etag }, other, otherRange)
    case 'shiftedRange206': {
      if (range === null || range.last - range.first + 1 === length) return truth()
      // Further on, or back if there is no further on.
      const room = length - range.last - 1
      const by = room > 0 ? 1 + Math.floor(random * room) : -1 - Math.floor(random * range.first)
      return partOf(resource, version, { first: range.first + by, last: range.last + by })
    }
    case 'otherTotal206':
      return range === null
        ? truth()
        : part({
            'Content-Range': `bytes ${range.first}-${range.last}/${range.last + 1 + Math.floor(random * length * 2)}`,
            // An open range gets another validator: a lie about its length under the same one cannot be detected.
            ETag: request.headers.range?.endsWith('-') ? other.etag : version.etag,
            'Last-Modified': request.headers.range?.endsWith('-') ? other.lastModified : version.lastModified,
          })
    case 'noContentRange206':
      return part({ 'Content-Range': null })
    case 'starTotal206':
      return part({ 'Content-Range': `bytes ${range?.first}-${range?.last}/*` })
    case 'twoContentRanges206':
      return part({ 'Content-Range2': `bytes 0-1/${length}` })
    case 'multipart206':
      return part({ 'Content-Type': 'multipart/byteranges; boundary=b' }, other, otherRange)
    case 'weakTag206':
      return part({ ETag: `W/${version.etag}` }, other, otherRange)
    case 'coded206': {
      const at = rangeOf(request, coded)
      return at === null ? truth() : partOf(resource, coded, at)
    }
    case 'coded200':
      return wholeOf(resource, coded)
    case 'coded200InChunks':
      return inChunks(wholeOf(resource, coded))
    case 'weakTag200':
      return wholeOf(resource, version, { ETag: `W/${version.etag}` })
    case 'dateOnly200':
      return wholeOf(resource, version, { ETag: null })
    case 'noRanges200':
      return wholeOf(resource, version, { 'Accept-Ranges': 'none' })
    case 'rangeNotSatisfiable': {
      const total = ['*', '0', String(length), String(length * 2), 'x'][Math.floor(random * 5)]
      return [{ send: head(416, { 'Content-Range': `bytes */${total}`, 'Content-Length': 0 }) }]
    }
    case 'shorter':
      return cut(truth(), random, 'end')
    case 'longer':
      // At once: later they would come into the body of the next response, whose bytes they are then, as far as anybody can see.
      return [...truth().filter((step) => !(typeof step === 'object' && 'waitMs' in step)), { send: other.bytes }]
    case 'chunked':
      return inChunks(truth())
    case 'chunkedTooLong':
      // Of the whole, nothing would say that it is not.
      return range === null ? truth() : inChunks(part({}), other.bytes)
    case 'chunkedTooShort':
      return range === null ? truth() : inChunks(part({}), undefined, Math.floor(random * (range.last - range.first)))
    case 'untilClose': {
      const [first, ...rest] = truth() as [{ send: string | Buffer }, ...Step[]]
      return [{ send: String(first.send).replace(/Content-Length: \d+\r\n/, '') }, ...rest, 'end']
    }
    case 'reset':
      return cut(truth(), random, 'reset')
    case 'chunkedReset':
      return range === null ? resetInChunks(truth(), random) : cut(truth(), random, 'reset')
    case 'resetInHead':
      return [{ send: 'HTTP/1.1 200 OK\r\nContent-Le' }, 'reset']
    case 'elsewhere':
      return [{ send: head(302, { Location: `${request.path}/elsewhere`, 'Content-Length': 0 }) }]
    case 'elsewhereInChunks':
      return inChunks(honest(request, resource, resource.elsewhere))
    case 'refused':
      return [{ send: head(random < 0.5 ? 503 : 429, { 'Content-Length': 4 }) }, { send: 'busy' }]
    case 'forbidden':
      return [{ send: head(403, { 'Content-Length': 7 }) }, { send: 'expired' }]
    // All of these are honest when they are asked for the whole.
    case 'loginOnRange':
      return range === null ? truth() : [{ send: head(302, { Location: '/none/login', 'Content-Length': 0 }) }]
    case 'pageOnRange':
      return range === null ? truth() : loginPage
    case 'brokenOnRange':
      return range === null ? truth() : [{ send: head(500, { 'Content-Length': 0 }) }]
    case 'missingOnRange':
      return range === null ? truth() : [{ send: head(404, { 'Content-Length': 0 }) }]
    case 'resetOnRange':
      return range === null ? truth() : ['reset']
    case 'ifRangeRefused':
      return request.headers['if-range'] === undefined
        ? truth()
        : [{ send: head(random < 0.5 ? 412 : 400, { 'Content-Length': 0 }) }]
    case 'twoLengths':
      return [{ send: head(200, { ...about(version), 'Content-Length': length, 'Content-Length2': length + 1 }) }]
    case 'notHttp':
      return [{ send: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'end']
  }
}

const codedForms = new WeakMap<Buffer, Buffer>()
/** Stands for what a coding makes of the bytes: others, and as many, which is the worst case. */
function codedBytes({ bytes }: Version): Buffer {
  const known = codedForms.get(bytes)
  if (known) return known
  const made = Buffer.from(bytes.map((byte) => byte ^ 0x5a))
  codedForms.set(bytes, made)
  return made
}

/** Whether these bytes are one of the versions that were sent, from the first to the last byte. */
export function versionOf({ served }: LyingResource, bytes: Buffer): Version | undefined {
  return [...served].find((version) => version.bytes.equals(bytes))
}
