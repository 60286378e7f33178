/** What the head of a response says of the file behind it. */
export interface FileHead {
  /** 206: it begins where it was asked to, and not with the first byte of the file. */
  isPart: boolean
  /** Of the body. */
  bytes: number
}

/**
 * Reads the head of a response (RFC 9112 §4, §5), without the blank line at its end. Null: it is not a file as servers send it, whole or in
 * one part, with its length and nothing around it.
 */
export function readFileHead(head: string): FileHead | null {
  const [first = '', ...lines] = head.split('\r\n')
  const status = /^HTTP\/1\.[01] (200|206)(?: |$)/.exec(first)
  if (!status || lines.some((line) => !/^[!#$%&'*+.^`|~\w-]+:/.test(line))) return null
  const fields = lines.map((line) => line.toLowerCase())
  const lengths = fields.filter((field) => field.startsWith('content-length:'))
  const bytes = /:[ \t]*(\d{1,15})[ \t]*$/.exec(lengths[0] ?? '')
  if (!bytes || lengths.length > 1 || fields.some((field) => field.startsWith('transfer-encoding:'))) return null
  return { isPart: status[1] === '206', bytes: Number(bytes[1]) }
}
