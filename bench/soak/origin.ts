/** An origin that misbehaves at first and then behaves, so that every download can end. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesOf } from '#support/origins/origin.ts'

/**
 * `cut`: bodies break off. `stall`: a body stops in the middle. `refuse`: no response, once. `busy`: 503, twice. `changing`:
 * a body breaks off, and then there is another version. `bare`: a body breaks off, and there are no validators or ranges.
 * `moved`: a redirect. `missing`: 404.
 */
export const manners = [
  'plain',
  'slow',
  'cut',
  'stall',
  'refuse',
  'busy',
  'changing',
  'bare',
  'moved',
  'missing',
] as const
export type Manner = (typeof manners)[number]

export interface SoakOrigin {
  /** A new path with that manner, and its address. `version`: which of the few contents of that size it serves. */
  add(manner: Manner, bytes: number, version: number): { path: string; url: string }
  /** SHA-256 (hex) of every version that each path may have served. */
  versions(): Map<string, ReadonlySet<string>>
  close(): Promise<void>
}

interface Resource {
  manner: Manner
  bytes: number
  version: number
  /** GET requests so far. */
  requests: number
}

const sums = new Map<string, string>()
function sha256Of(body: Buffer, name: string): string {
  const sum = sums.get(name) ?? createHash('sha256').update(body).digest('hex')
  sums.set(name, sum)
  return sum
}

export async function startSoakOrigin(): Promise<SoakOrigin> {
  const resources = new Map<string, Resource>()
  const served = new Map<string, Set<string>>()
  /** A `busy` host slows down everybody who goes there: it has a port of its own, and so have those that break off. */
  const hosts = await Promise.all([0, 1, 2].map(() => listen((request, response) => void answer(request, response))))
  const hostOf: Record<Manner, number> = {
    plain: 0,
    slow: 0,
    moved: 0,
    missing: 0,
    cut: 1,
    stall: 1,
    changing: 1,
    bare: 1,
    refuse: 1,
    busy: 2,
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => {})
    const path = new URL(request.url ?? '/', 'http://origin').pathname
    const resource = resources.get(path.replace(/^\/there/, ''))
    if (!resource || resource.manner === 'missing') return void response.writeHead(404).end('not here')
    const nth = resource.requests++
    if (resource.manner === 'moved' && !path.startsWith('/there'))
      return void response.writeHead(302, { location: `/there${path}` }).end()
    if (resource.manner === 'refuse' && nth < 1) return void request.socket.destroy()
    if (resource.manner === 'busy' && nth < 2) return void response.writeHead(503, { 'retry-after': '1' }).end()
    await serve(request, response, resource, nth, served.get(path.replace(/^\/there/, ''))!)
  }
  return {
    add(manner, bytes, version) {
      const path = `/${manner}/${resources.size}`
      resources.set(path, { manner, bytes, version, requests: 0 })
      served.set(path, new Set())
      return { path, url: hosts[hostOf[manner]]!.url + path }
    },
    versions: () => served,
    close: async () => void (await Promise.all(hosts.map(({ close }) => close()))),
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { manner, bytes, version }: Resource,
  nth: number,
  served: Set<string>,
): Promise<void> {
  const name = `version ${manner === 'changing' && nth > 0 ? version + 1 : version}`
  const body = bytesOf(name, bytes)
  const sum = sha256Of(body, `${name}:${bytes}`)
  served.add(sum)
  let [from, end] = [0, body.length]
  if (manner !== 'bare') {
    const etag = `"${sum.slice(0, 20)}"`
    response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes')
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    if (range && Number(range[1]) < end && (request.headers['if-range'] ?? etag) === etag) {
      from = Number(range[1])
      if (range[2]) end = Math.min(end, Number(range[2]) + 1)
      response.statusCode = 206
      response.setHeader('content-range', `bytes ${from}-${end - 1}/${body.length}`)
    }
  }
  response.setHeader('content-length', end - from)
  // Another place each time: a body that breaks off at the same byte again and again is given up.
  const breaks = { cut: 2, stall: 1, changing: 1, bare: 1 }[manner as string] ?? 0
  const until = nth < breaks ? from + Math.floor(((end - from) * (nth + 1)) / (breaks + 2)) : end
  const step = manner === 'slow' ? Math.max(1, Math.ceil(bytes / 60)) : 262_144
  for (let offset = from; offset < until && !response.destroyed; offset += step) {
    if (!response.write(body.subarray(offset, Math.min(until, offset + step)))) await drained(response)
    if (manner === 'slow') await sleep(50)
  }
  if (until === end) response.end()
  else if (manner !== 'stall') response.destroy()
}

/** Resolves when more can be written, or when the response has closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle)
      resolve()
    }
    if (response.destroyed) resolve()
    else response.on('drain', settle).on('close', settle)
  })
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
