import type { Task } from '@backhaul/sdk'
import type { Bar, Lane, LifeOf, Mark, Phase } from './life.ts'

type Transaction = Task['metrics']['transactions'][number]

const ms = (at: string | null) => (at === null ? null : Date.parse(at))

/** The phases of a request, each from its beginning to its end; those that did not happen are left out. */
function phasesOf(transaction: Transaction, openUntil: number): Bar[] {
  const { status, url, resumedFrom, countOfResponseBodyBytesReceived: bytes } = transaction
  const [lookup, lookedUp] = [ms(transaction.domainLookupStart), ms(transaction.domainLookupEnd)]
  const [connect, secure, connected] = [
    ms(transaction.connectStart),
    ms(transaction.secureConnectionStart),
    ms(transaction.connectEnd),
  ]
  const [asked, answered, ended] = [
    ms(transaction.requestStart),
    ms(transaction.responseStart),
    ms(transaction.responseEnd),
  ]
  const rows: [Phase, number | null, number | null, string][] = [
    ['lookup', lookup, lookedUp ?? connect ?? ended, 'Name looked up'],
    ['connect', connect, secure ?? connected ?? asked ?? ended, 'Connected'],
    ['tls', secure, connected ?? asked ?? ended, 'TLS'],
    ['firstByte', asked, answered ?? ended, `GET ${url}: until the first byte`],
    ['body', answered, ended, `${status ?? 'no status'}: the body of ${url}`],
  ]
  return rows.flatMap(([phase, from, end, words]) => {
    if (from === null) return []
    const isOpen = end === null
    const body = phase === 'body' ? { bytes, ...(resumedFrom === null ? {} : { offset: resumedFrom }) } : {}
    return [{ phase, from, to: Math.max(from, end ?? openUntil), words, ...body, ...(isOpen ? { isOpen } : {}) }]
  })
}

/** A lane for each connection that was in use beside others: a request goes into the first that is free. */
export function requestsOf(task: LifeOf, nowMs: number): Lane[] {
  const openUntil = task.endedAt === null ? nowMs : Date.parse(task.endedAt)
  const requests = task.metrics.transactions
    .map((transaction) => requestOf(transaction, openUntil))
    .filter(({ bars }) => bars.length > 0)
    .toSorted((a, b) => a.from - b.from)
  const lanes: Lane[] = []
  const freeFrom: number[] = []
  for (const request of requests) {
    const free = freeFrom.findIndex((from) => from <= request.from)
    const n = free === -1 ? lanes.length : free
    const lane = lanes[n] ?? { name: `Connection ${n + 1}`, bars: [], marks: [] }
    lanes[n] = lane
    lane.bars.push(...request.bars)
    lane.marks.push(...resumption(request, requests))
    freeFrom[n] = request.to
  }
  return lanes.length === 1 ? [{ ...lanes[0]!, name: 'Connection' }] : lanes
}

interface Request {
  bars: Bar[]
  from: number
  to: number
  /** The bytes of the file that it brought. */
  first: number
  next: number
}

function requestOf(transaction: Transaction, openUntil: number): Request {
  const bars = phasesOf(transaction, openUntil)
  const first = transaction.resumedFrom ?? 0
  return {
    bars,
    from: bars[0]?.from ?? 0,
    to: Math.max(...bars.map(({ to }) => to)),
    first,
    next: first + transaction.countOfResponseBodyBytesReceived,
  }
}

/** Where it goes on behind a request that had brought no more, and no other was there meanwhile: that one was broken off. */
function resumption(request: Request, requests: readonly Request[]): Mark[] {
  if (request.first === 0) return []
  const before = requests.findLast(({ to, next }) => to <= request.from && next === request.first)
  const isAlone = requests.every((other) => other === request || other.to <= request.from || other.from >= request.to)
  if (!before || !isAlone) return []
  const at = `byte ${request.first.toLocaleString('en')}`
  const body = request.bars.find(({ phase }) => phase === 'body')
  return [
    { at: before.to, kind: 'interruption', words: `The body broke off at ${at}` },
    ...(body ? [{ at: body.from, kind: 'resumption' as const, words: `Went on from ${at}` }] : []),
  ]
}

/** How much had come in all, moment by moment: within a request as if it had come evenly. */
export function receivedOver(task: LifeOf, nowMs: number): { at: number; bytes: number }[] {
  const openUntil = task.endedAt === null ? nowMs : Date.parse(task.endedAt)
  const bodies = task.metrics.transactions.flatMap((transaction) => {
    const from = ms(transaction.responseStart)
    if (from === null || transaction.countOfResponseBodyBytesReceived === 0) return []
    const to = Math.max(from, ms(transaction.responseEnd) ?? openUntil)
    return [{ from, to, bytes: transaction.countOfResponseBodyBytesReceived }]
  })
  const moments = [...new Set(bodies.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b)
  return moments.map((at) => ({
    at,
    bytes: bodies.reduce(
      (sum, { from, to, bytes }) => sum + bytes * (at >= to ? 1 : Math.max(0, (at - from) / (to - from))),
      0,
    ),
  }))
}
