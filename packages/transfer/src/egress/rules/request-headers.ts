const maxHeaders = 64
const maxHeaderBytes = 32 * 1024

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 9110 §5.5 without the C1 controls: one byte per character (ISO 8859-1), no control but the tab. */
const fieldValue = /^[\t\x20-\x7e\xa0-\xff]*$/

/** Fields that belong to the connection, to resuming, or to a proxy or metadata service the tenant must not speak to. */
const forbiddenNames = new Set([
  ...['host', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
  ...['content-length', 'range', 'accept-encoding', 'forwarded', 'via', 'x-real-ip'],
  ...['x-google-metadata-request'],
])
/** Conditional requests (RFC 9110 §13.1). Only the service may make them, because they decide which response comes. */
const condition = 'if-'
const forbiddenPrefixes = [
  ...[condition, 'proxy-', 'x-forwarded-', 'metadata', 'x-aws-ec2-metadata-', 'x-aliyun-ecs-metadata-'],
]

/** An error in a header, with its place (JSON pointer, RFC 6901) and how to fix it. */
interface HeaderError {
  pointer: string
  code: 'forbidden_header'
  detail: string
  fix: string
}

/**
 * The errors of a tenant's request headers; empty when they can be sent as they are. Pointers are relative to the object
 * that holds the headers. Values are never quoted: they may be secrets.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): HeaderError[] {
  const entries = Object.entries(headers)
  const errors: HeaderError[] = []
  const seen = new Set<string>()
  for (const [name, value] of entries) {
    const lowerName = name.toLowerCase()
    const found = seen.has(lowerName) ? repeated : judgeField(lowerName, value)
    seen.add(lowerName)
    if (found !== null) errors.push({ pointer: `/${escapePointer(name)}`, code: 'forbidden_header', ...found })
  }
  const bytes = entries.reduce((total, [name, value]) => total + name.length + value.length, 0)
  if (entries.length > maxHeaders) errors.push(tooMuch(`There are more than ${maxHeaders} headers.`))
  if (bytes > maxHeaderBytes) errors.push(tooMuch(`The headers are longer than ${maxHeaderBytes} bytes in total.`))
  return errors
}

/**
 * Removes conditions, which requests of earlier versions may still carry: a 304 is no file, and only a resume may use a
 * condition.
 */
export function withoutConditions(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith(condition)))
}

type FieldError = Pick<HeaderError, 'detail' | 'fix'>

const repeated: FieldError = {
  detail: 'The header is there twice (names are case-insensitive).',
  fix: 'Join the values into one header.',
}

function judgeField(lowerName: string, value: string): FieldError | null {
  if (!token.test(lowerName))
    return { detail: 'The header name is not a token (RFC 9110 §5.6.2).', fix: 'Use letters, digits and hyphens.' }
  if (forbiddenNames.has(lowerName) || forbiddenPrefixes.some((prefix) => lowerName.startsWith(prefix))) {
    return { detail: 'The service sets this header itself or never sends it.', fix: 'Leave the header out.' }
  }
  if (!fieldValue.test(value))
    return {
      detail: 'The value has a control character, or one outside ISO 8859-1.',
      fix: 'Encode it, for instance in base64 or with percent signs, as the origin expects.',
    }
  return null
}

function tooMuch(detail: string): HeaderError {
  return { pointer: '', code: 'forbidden_header', detail, fix: 'Send fewer or shorter headers.' }
}

/** RFC 6901 §3. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
