import { dictionaryBytes } from '../../http/rules/structured-dictionary.ts'

export type DigestAlgorithm = 'crc32' | 'crc32c' | 'md5' | 'sha256' | 'sha512'

export interface DeclaredDigest {
  algorithm: DigestAlgorithm
  /** Lower case, at full length. */
  hex: string
  /** The name of the field that declares it, as users know it. */
  source: string
}

type Headers = Readonly<Record<string, string>>
type Claim = Pick<DeclaredDigest, 'algorithm' | 'hex'>
interface DigestField {
  source: string
  /** The subject of the digest. `content` is the body of this response, so the digest of a part says nothing of the whole. */
  of: 'representation' | 'content'
  /** The digests in the field; malformed and unknown ones are left out. */
  read(value: string, headers: Headers): (Claim | null)[]
}

/** Longer than any honest field. */
const maxFieldLength = 4096
const digestBytes = { crc32: 4, crc32c: 4, md5: 16, sha256: 32, sha512: 64 } as const satisfies Record<
  DigestAlgorithm,
  number
>
/** RFC 9530 §5 lists crc32c too, but not in which order its bytes come: half of all checks would be wrong. */
const ofDictionaries = new Map<string, DigestAlgorithm>([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
  ['md5', 'md5'],
])
const ofGoogle = new Map<string, DigestAlgorithm>([
  ['crc32c', 'crc32c'],
  ['md5', 'md5'],
])

/**
 * The fields that are read, and the subject of each. Nothing is decoded here: the stored bytes still have the response's
 * Content-Encoding. The same is true of a representation (RFC 9530 §3), of an instance (RFC 3230 §4.2) and of the content, so their
 * digests fit the stored bytes whatever the coding.
 */
const fields: readonly DigestField[] = [
  { source: 'Repr-Digest', of: 'representation', read: fromDictionary },
  { source: 'Content-Digest', of: 'content', read: fromDictionary },
  // RFC 1864, in HTTP by RFC 2616 §14.15.
  { source: 'Content-MD5', of: 'content', read: (value) => [claimOf('md5', value)] },
  { source: 'Digest', of: 'representation', read: (value) => listed(value).map(fromDigest) },
  {
    source: 'x-goog-hash',
    of: 'representation',
    read: (value, headers) =>
      isTranscoded(headers) ? [] : listed(value).map(([name, text]) => claimOf(ofGoogle.get(name), text)),
  },
  ...(['crc32', 'crc32c', 'sha256'] as const).map(
    (algorithm): DigestField => ({
      source: `x-amz-checksum-${algorithm}`,
      // S3 declares the part's checksum in a response that is one of the object's parts.
      of: 'content',
      // COMPOSITE is a checksum of the parts' checksums; older servers tell it only by the suffix `-<parts>`, which is no base64.
      read: (value, headers) =>
        (headers['x-amz-checksum-type'] ?? 'FULL_OBJECT') === 'FULL_OBJECT' ? [claimOf(algorithm, value)] : [],
    }),
  ),
]

/**
 * The digests of the *whole representation* that a response's head declares, `headers` with lower-case names and repeated fields
 * joined by ", ". Malformed and unknown digests, and those that contradict another one of the same field, are ignored: to declare
 * digests is optional. Of fields that contradict each other all stay, so that the file fails with one of them.
 */
export function declaredDigests(response: { status: number; headers: Headers }): DeclaredDigest[] {
  const { status, headers } = response
  if (status !== 200 && status !== 206) return []
  return fields.flatMap(({ source, of, read }) => {
    const value = headers[source.toLowerCase()]
    if (value === undefined || value.length > maxFieldLength || (of === 'content' && status !== 200)) return []
    const found = new Map<DigestAlgorithm, string>()
    for (const claim of read(value, headers)) {
      if (claim === null) continue
      if ((found.get(claim.algorithm) ?? claim.hex) !== claim.hex) return []
      found.set(claim.algorithm, claim.hex)
    }
    return [...found].map(([algorithm, hex]) => ({ algorithm, hex, source }))
  })
}

function fromDictionary(value: string): (Claim | null)[] {
  return (dictionaryBytes(value) ?? []).map(({ key, base64 }) => claimOf(ofDictionaries.get(key), base64))
}

/** RFC 3230 §4.1.1, whose names have no case; its registry writes CRC32c as up to eight hex digits, and the others in base64. */
function fromDigest([name, text]: readonly [string, string]): Claim | null {
  if (name !== 'crc32c') return claimOf(ofDictionaries.get(name), text)
  return /^[0-9a-f]{1,8}$/i.test(text) ? { algorithm: 'crc32c', hex: text.toLowerCase().padStart(8, '0') } : null
}

/** `name=value` between commas, names in lower case. */
function listed(field: string): [name: string, value: string][] {
  return field.split(',').flatMap((element): [string, string][] => {
    const [, name, value] = /^[ \t]*([A-Za-z0-9-]+)=([^ \t]+)[ \t]*$/.exec(element) ?? []
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]]
  })
}

/** Strict base64 (RFC 4648 §3.5: no other bits, no missing padding) of exactly as many bytes as the digest has. */
function claimOf(algorithm: DigestAlgorithm | undefined, base64: string): Claim | null {
  if (algorithm === undefined) return null
  const bytes = Buffer.from(base64, 'base64')
  const isWhole = bytes.length === digestBytes[algorithm] && bytes.toString('base64') === base64
  return isWhole ? { algorithm, hex: bytes.toString('hex') } : null
}

/** Google's storage unpacks objects stored as gzip for clients that do not ask for gzip, and still sends the stored object's hash. */
function isTranscoded(headers: Headers): boolean {
  const sent = coding(headers['content-encoding'])
  const stored = headers['x-goog-stored-content-encoding']
  return (
    headers['x-guploader-response-body-transformations'] !== undefined ||
    (stored !== undefined && coding(stored) !== sent)
  )
}

function coding(field: string | undefined): string {
  return field?.trim().toLowerCase() || 'identity'
}
