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
  const [first, ...lines] = head.split('\r\n')
  const status = /^HTTP\/1\.[01] (200|206)(?: |$)/.exec(first!)?.[1]
  const fields = lines.map((line) => /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line))
  const valueOf = (name: string) => fields.find((field) => field?.[1]!.toLowerCase() === name)?.[2]
  const lengths = fields.filter((field) => field?.[1]!.toLowerCase() === 'content-length')
  const bytes = valueOf('content-length')
  if (!status || fields.includes(null) || lengths.length !== 1 || valueOf('transfer-encoding') !== undefined) return null
  return /^\d{1,15}$/.test(bytes!) ? { isPart: status === '206', bytes: Number(bytes) } : null
}
