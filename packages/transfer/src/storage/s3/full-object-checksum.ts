import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { crc32Base64 } from '../rules/crc.ts'
import { abortUploads } from './multipart.ts'

const Key = 'probe'

/** Parameters of an upload whose parts have no checksums but whose whole has one (S3: "full object" checksum). */
export const wholeCrc32 = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const

/**
 * Whether this S3 compares an object that came in parts with the CRC-32 of the whole. Servers differ in what they report, accept
 * and check, so it is tried with an object of one byte. Only a server that refuses a wrong checksum and accepts the right one
 * compares. Throws when S3 cannot be reached.
 */
export async function comparesWholeCrc32(
  client: S3Client,
  Bucket: string,
  putPart: (upload: { Bucket: string; Key: string; UploadId: string }, body: Uint8Array) => Promise<string>,
): Promise<boolean> {
  const body = Buffer.from('x')
  const right = crc32(body)
  // The name is fixed, so that the next process removes the upload of one that died here.
  await abortUploads(client, { Bucket, Key })
  const response = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...wholeCrc32 }))
  const upload = { Bucket, Key, UploadId: response.UploadId! }
  try {
    if (response.ChecksumType !== 'FULL_OBJECT' || response.ChecksumAlgorithm !== 'CRC32') return false
    const Parts = [{ PartNumber: 1, ETag: `"${await putPart(upload, body)}"` }]
    const complete = async (crc: number) => {
      const sum = { ChecksumCRC32: crc32Base64(crc), ChecksumType: wholeCrc32.ChecksumType }
      await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...sum }))
    }
    const isRefused = await complete(right ^ 1).then(() => false, isRefusal)
    return isRefused && (await complete(right).then(() => true, isNoRefusal))
  } finally {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    await client.send(new DeleteObjectCommand({ Bucket, Key })).catch(() => {})
  }
}

/** True when S3 has refused. Throws when it has not responded, or when another process tries the same at this moment. */
function isRefusal(error: unknown): true {
  if (error instanceof S3ServiceException && error.name === 'NoSuchUpload') throw error
  if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500) return true
  throw error
}

function isNoRefusal(error: unknown): false {
  isRefusal(error)
  return false
}
