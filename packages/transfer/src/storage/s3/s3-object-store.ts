import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { BufferPool } from '../../http/buffer-pool.ts'
import { contentDisposition } from '../../http/rules/content-disposition.ts'
import { type ObjectStore, type Upload, UploadGone } from '../object-store.ts'
import { isObjectKey } from '../rules/object-key.ts'
import type { S3Config } from './config.ts'
import { copyObject } from './copy.ts'
import { isAbsent, isBadDigest, isServerFailure, onS3 } from './errors.ts'
import { comparesWholeCrc32, wholeCrc32 } from './full-object-checksum.ts'
import { listObjects, listUploads } from './list.ts'
import { abortUploads, ifGone, listParts } from './multipart.ts'
import { createPutSigner } from './presign.ts'
import { createS3Writes } from './put-relay.ts'
import { removeBelow } from './remove-below.ts'

export type { S3Config } from './config.ts'

/** The longest a presigned link can live (Signature Version 4): seven days. */
const maxLinkSeconds = 604_800
/** The integrity token of an upload whose whole S3 compares with a CRC-32. */
const comparedWithCrc32 = 'crc32'

/**
 * The object store in an S3 bucket. A receipt is the part's ETag.
 * S3's limits: 10,000 parts, each but the last from 5 MiB to 5 GiB.
 */
export function createS3Objects(config: S3Config, responseBuffers?: BufferPool): ObjectStore {
  const Bucket = config.bucket
  const writes = createS3Writes(responseBuffers)
  const client = connect(config, config.endpoint)
  // A signature covers the host, so links for another address need a client of that address. It never connects.
  const linkClient = connect(config, config.publicEndpoint ?? config.endpoint)

  const at = (key: string) => {
    if (!isObjectKey(key)) throw new RangeError('not an object key')
    return { Bucket, Key: key }
  }
  const stored = (upload: Upload) => {
    // A PUT without an upload id would store an object instead of a part.
    if (upload.uploadId === '') throw new UploadGone('not an upload id')
    return { ...at(upload.key), UploadId: upload.uploadId }
  }
  const signPut = createPutSigner(client, Bucket)
  const putPart = (upload: { Bucket: string; Key: string; UploadId: string }, partNumber: number, put: Sized) => {
    const url = signPut(upload.Key, { partNumber: String(partNumber), uploadId: upload.UploadId })
    return writes.open({ url, bytes: put.bytes, fields: [] }, put.signal)
  }
  /** Set by the first upload. */
  let compares: Promise<boolean> | null = null
  const comparesCrc32 = () => {
    compares ??= comparesWholeCrc32(client, Bucket, async (upload, body) => {
      const writing = putPart(upload, 1, { bytes: body.byteLength })
      writing.write(body, () => {})
      return await writing.stored
    })
    // When S3 did not respond it is not known, and the next upload asks again.
    return compares.catch(() => {
      compares = null
      return false
    })
  }
  const abortable = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

  return {
    openObject: (object, bytes, signal) => {
      const url = signPut(at(object.key).Key)
      const coding: [string, string][] = object.contentEncoding ? [['Content-Encoding', object.contentEncoding]] : []
      return writes.open({ url, bytes, fields: [['Content-Type', object.mimeType], ...coding] }, signal)
    },
    begin: (object, signal) =>
      onS3(async () => {
        const isCompared = await comparesCrc32()
        const command = new CreateMultipartUploadCommand({
          ...at(object.key),
          ContentType: object.mimeType,
          ...(object.contentEncoding ? { ContentEncoding: object.contentEncoding } : {}),
          ...(isCompared ? wholeCrc32 : {}),
        })
        const { UploadId, $metadata } = await client.send(command, abortable(signal))
        // A try whose response was lost has begun an upload too.
        if (($metadata.attempts ?? 1) > 1) await abortUploads(client, at(object.key), UploadId)
        return { key: object.key, uploadId: UploadId!, integrity: isCompared ? comparedWithCrc32 : undefined }
      }, signal),
    openPart: (upload, { number, bytes }, signal) => putPart(stored(upload), number, { bytes, signal }),
    listParts: (upload) => onS3(async () => await listParts(client, stored(upload))).catch(ifGone(null)),
    complete: (upload, parts, { crc32, signal } = {}) =>
      onS3(async () => {
        if (parts.length === 0) throw new RangeError('an upload is completed from at least one part')
        const Parts = parts
          .toSorted((a, b) => a.number - b.number)
          .map((part) => ({ PartNumber: part.number, ETag: `"${part.receipt}"` }))
        const isCompared = upload.integrity === comparedWithCrc32 || upload.isCompared === true
        const sum =
          isCompared && crc32 !== undefined ? { ChecksumCRC32: crc32, ChecksumType: wholeCrc32.ChecksumType } : {}
        const command = new CompleteMultipartUploadCommand({ ...stored(upload), MultipartUpload: { Parts }, ...sum })
        await client.send(command, abortable(signal)).catch(async (error: unknown) => {
          if (isBadDigest(error)) {
            // The stored bytes are not those that were sent, so a later attempt must not find the upload.
            await client.send(new AbortMultipartUploadCommand(stored(upload)))
            throw new UploadGone('S3 has other bytes than it was sent', { cause: error })
          }
          // Ceph responds with 500 for an upload that it does not know, so the list of parts decides.
          if (isServerFailure(error) && (await listParts(client, stored(upload)).catch(() => [])) === null)
            throw new UploadGone('S3 does not know the upload', { cause: error })
          throw error
        })
      }, signal),
    abort: ({ key, uploadId }) =>
      onS3(async () => {
        if (uploadId === null) return await abortUploads(client, at(key))
        await client.send(new AbortMultipartUploadCommand(stored({ key, uploadId })))
      }).catch(ifGone(undefined)),
    async *read(key, signal) {
      const { Body } = await onS3(() => client.send(new GetObjectCommand(at(key)), { abortSignal: signal }), signal)
      const chunks = (Body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      for (;;) {
        const { done, value } = await onS3(() => chunks.next(), signal)
        if (done) return
        yield value
      }
    },
    head: (key) =>
      onS3(async () => {
        try {
          const { ContentLength } = await client.send(new HeadObjectCommand(at(key)))
          return { bytes: ContentLength ?? 0 }
        } catch (error) {
          if (isAbsent(error)) return null
          throw error
        }
      }),
    copy: (from, to, signal) => onS3(() => copyObject(client, at(from), at(to), { signal }), signal),
    remove: (key) =>
      onS3(async () => {
        await client.send(new DeleteObjectCommand(at(key)))
      }),
    removeBelow: (prefix, most) =>
      onS3(async () => {
        const { Key: below } = at(prefix)
        return await removeBelow(client, { Bucket, Prefix: `${below}/` }, most)
      }),
    listObjects: (prefix, after, most) => onS3(() => listObjects(client, { Bucket, Prefix: prefix }, after, most)),
    listUploads: (prefix, after, most) => onS3(() => listUploads(client, { Bucket, Prefix: prefix }, after, most)),
    link: (key, { filename, mimeType, expiresInSeconds }) =>
      onS3(() => {
        const command = new GetObjectCommand({
          ...at(key),
          ResponseContentDisposition: contentDisposition(filename),
          ResponseContentType: mimeType,
        })
        return getSignedUrl(linkClient, command, { expiresIn: Math.min(expiresInSeconds, maxLinkSeconds) })
      }),
    check: () =>
      onS3(async () => {
        await client.send(new HeadBucketCommand({ Bucket }))
      }),
    close: async () => {
      writes.close()
      client.destroy()
      linkClient.destroy()
    },
  }
}

interface Sized {
  bytes: number
  signal?: AbortSignal | undefined
}

function connect(config: S3Config, endpoint: string | null): S3Client {
  return new S3Client({
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    ...(endpoint === null ? {} : { endpoint }),
    ...(config.credentials ? { credentials: config.credentials } : {}),
    // Bodies do not go through the SDK, and to a presigned PUT it would add the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5_000,
      // Storage sends nothing while it puts the parts together.
      socketTimeout: 60_000,
      requestTimeout: 600_000,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256 },
    },
  })
}
