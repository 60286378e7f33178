import type { OperationUnderTest } from './every-operation.ts'

interface CostlyHead {
  why: string
  url: string
  headers: Record<string, string>
}

/** A little less than Node reads of a request's head (16 KiB). */
const size = 15_000
/** Of a parameter in the path. */
const segmentSize = 8_000

const times = (room: number, each: string): string => each.repeat(Math.max(1, Math.floor(room / each.length)))
const inUrls = ['a', '/', '%20', '%E4%B8%80', '%5B']
const inFields = ['a', ' ', '"', '0-1,', 'Bearer ']
const fields = [
  ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'if-range', 'last-event-id'],
  ...['range', 'x-forwarded-for'],
]

/** Requests whose address or one header field is as long as may be, wherever no parameter is: they cost the same in every operation. */
export function* costlyHeads({ path }: OperationUnderTest): Generator<CostlyHead> {
  yield* inQuery(path, 'other')
  for (const each of ['&', '=', '%', '%00&', 'a&']) yield head(`${path}?${times(size, each)}`)
  for (const each of inUrls) yield head(`${path}/${times(size, each)}`)
  for (const field of fields) yield* inField(path, field)
  yield head(path, Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`x-${n}`, '1'])))
}

/** Requests in which a parameter that the document names is as long as may be. */
export function* costlyParameter(
  { path, template }: OperationUnderTest,
  parameter: { in: string; name: string },
): Generator<CostlyHead> {
  const { name } = parameter
  if (parameter.in === 'query') yield* inQuery(path, name)
  if (parameter.in === 'header') yield* inField(path, name.toLowerCase())
  if (parameter.in === 'path')
    for (const each of inUrls) yield head(template.replace(`{${name}}`, times(segmentSize, each)))
}

function* inQuery(path: string, name: string): Generator<CostlyHead> {
  for (const each of inUrls) yield head(`${path}?${name}=${times(size, each)}`)
  for (const each of [`${name}=1&`, `${name}[a]=1&`, `${name}[]=1&`, `${name}[`])
    yield head(`${path}?${times(size, each)}`)
  const members = Array.from({ length: 1500 }, (_, n) => `${name}[${n}]=1`)
  yield head(`${path}?${members.join('&').slice(0, size)}`)
}

function* inField(path: string, field: string): Generator<CostlyHead> {
  for (const each of inFields) yield head(path, { [field]: times(size, each) })
}

function head(url: string, headers: Record<string, string> = {}): CostlyHead {
  return { why: `${url.slice(0, 80)} ${JSON.stringify(headers).slice(0, 40)}`, url, headers }
}
