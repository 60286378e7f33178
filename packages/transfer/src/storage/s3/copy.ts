import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { isAbsent, isTaken } from './errors.ts'

/**
 * CopyObject takes up to 5 GiB, but responds only when it is done. Smaller pieces stay within our time limits.
 * 10,000 of them are more than the largest object.
 */
const maxPieceBytes = 1024 ** 3

interface Place {
  Bucket: string
  Key: string
}

/**
 * Copies an object within S3; `false` when another object is at `to`. Every copy is marked with the source's version, so that a
 * repetition recognises its own copy. On servers without conditional writes, only a look beforehand protects an object at `to`.
 */
export async function copyObject(
  client: S3Client,
  from: Place,
  to: Place,
  { pieceBytes = maxPieceBytes, signal }: { pieceBytes?: number; signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const source = await headOrNull(client, from)
  if (!source) throw new RangeError('there is no object to copy')
  if (from.Key === to.Key) return true
  const mark = markOf(from, source)
  const isOurs = (found: HeadObjectCommandOutput) => found.Metadata?.['copy-of'] === mark
  const there = await headOrNull(client, to)
  if (there) return isOurs(there)

  const target = {
    ...to,
    ...(source.ContentType === undefined ? {} : { ContentType: source.ContentType }),
    ...(source.ContentEncoding === undefined ? {} : { ContentEncoding: source.ContentEncoding }),
    Metadata: { 'copy-of': mark },
  }
  const origin = {
    CopySource: `${from.Bucket}/${from.Key.split('/').map(encodeURIComponent).join('/')}`,
    ...(source.ETag === undefined ? {} : { CopySourceIfMatch: source.ETag }),
  }
  try {
    const bytes = source.ContentLength ?? 0
    const abortable = signal ? { abortSignal: signal } : {}
    if (bytes > pieceBytes) await copyInPieces(client, origin, target, { bytes, pieceBytes, abortable })
    else {
      const command = { ...target, ...origin, MetadataDirective: 'REPLACE', IfNoneMatch: '*' } as const
      await client.send(new CopyObjectCommand(command), abortable)
    }
    return true
  } catch (error) {
    const winner = isTaken(error) ? await headOrNull(client, to) : null
    if (!winner) throw error
    return isOurs(winner)
  }
}

async function copyInPieces(
  client: S3Client,
  origin: { CopySource: string; CopySourceIfMatch?: string },
  target: Place & { Metadata: Record<string, string> },
  { bytes, pieceBytes, abortable }: { bytes: number; pieceBytes: number; abortable: { abortSignal?: AbortSignal } },
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId }
  try {
    const Parts: CompletedPart[] = []
    for (let start = 0; start < bytes; start += pieceBytes) {
      const PartNumber = Parts.length + 1
      const CopySourceRange = `bytes=${start}-${Math.min(start + pieceBytes, bytes) - 1}`
      const command = new UploadPartCopyCommand({ ...upload, ...origin, PartNumber, CopySourceRange })
      const piece = await client.send(command, abortable)
      Parts.push({ PartNumber, ETag: piece.CopyPartResult!.ETag! })
    }
    const command = { ...upload, MultipartUpload: { Parts }, IfNoneMatch: '*' }
    await client.send(new CompleteMultipartUploadCommand(command), abortable)
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

/** The source's key and version, hashed, because all readers of the copy see its metadata. */
function markOf(from: Place, source: HeadObjectCommandOutput): string {
  return createHash('sha256').update(`${from.Key}\n${source.ETag}\n${source.ContentLength}`).digest('hex')
}

async function headOrNull(client: S3Client, place: Place): Promise<HeadObjectCommandOutput | null> {
  try {
    return await client.send(new HeadObjectCommand(place))
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}
