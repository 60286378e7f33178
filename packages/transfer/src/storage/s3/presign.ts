import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner'

/** The time within which a PUT must begin. */
const putSeconds = 3_600

/** The signed address of a PUT of `key`, which `query` makes a part of an upload. */
type SignPut = (key: string, query?: Readonly<Record<string, string>>) => Promise<string>

/**
 * Signs with the SDK's signer, but without its conversion from a command to a request. That costs five times as much and always
 * gives the same address for a bucket, so it is done once, for an example.
 */
export function createPutSigner(client: S3Client, bucket: string): SignPut {
  const presigner = new S3RequestPresigner({ ...client.config })
  let example: Promise<URL> | null = null
  return async (key, query = {}) => {
    example ??= getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: 'k' })).then((url) => new URL(url))
    const { protocol, hostname, port, host, pathname } = await example.catch((error: unknown) => {
      example = null
      throw error
    })
    const signed = await presigner.presign(
      {
        method: 'PUT',
        protocol,
        hostname,
        ...(port === '' ? {} : { port: Number(port) }),
        path: pathname.slice(0, -1) + key.split('/').map(encode).join('/'),
        query: { ...query },
        headers: { host },
      },
      { expiresIn: putSeconds },
    )
    const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    return `${protocol}//${host}${signed.path}?${pairs.join('&')}`
  }
}

/** RFC 3986 §2.3, as Signature Version 4 wants it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
