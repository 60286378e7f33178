import type { OperationUnderTest } from './every-operation.ts'

export interface CostlyHead {
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

/** Requests whose address or one header field is as long as may be, in every parameter that the document names. */
export function* costlyHeads({ path, template, told }: OperationUnderTest): Generator<CostlyHead> {
  const queried = (told.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  for (const name of [...queried, 'other']) {
    for (const each of inUrls) yield query(`${name}=${times(size, each)}`)
    for (const each of [`${name}=1&`, `${name}[a]=1&`, `${name}[]=1&`, `${name}[`]) yield query(times(size, each))
    yield query(
      Array.from({ length: 1500 }, (_, n) => `${name}[${n}]=1`)
        .join('&')
        .slice(0, size),
    )
  }
  for (const each of ['&', '=', '%', '%00&', 'a&']) yield query(times(size, each))
  for (const each of inUrls) {
    if (template.includes('{')) yield head(template.replace(/\{\w+\}/, times(segmentSize, each)))
    yield head(`${path}/${times(size, each)}`)
  }
  for (const field of fields) for (const each of inFields) yield head(path, { [field]: times(size, each) })
  yield head(path, Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`x-${n}`, '1'])))

  function query(text: string): CostlyHead {
    return head(`${path}?${text}`)
  }
}

function head(url: string, headers: Record<string, string> = {}): CostlyHead {
  return { why: `${url.slice(0, 80)} ${JSON.stringify(headers).slice(0, 40)}`, url, headers }
}
