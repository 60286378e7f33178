import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'
import { onS3 } from './errors.ts'
import { ifGone } from './multipart.ts'

const atOnce = 16

/**
 * Removes objects and uploads with this prefix, one page of each; how many there were. One by one: the request for many
 * objects needs a digest that differs between servers.
 */
export async function removeBelow(
  client: S3Client,
  where: { Bucket: string; Prefix: string },
  most: number,
): Promise<number> {
  const { Bucket } = where
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ ...where, MaxUploads: most }))
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ ...where, MaxKeys: most }))
  const removals = [
    ...Uploads.map(({ Key, UploadId }) => () => {
      const command = new AbortMultipartUploadCommand({ Bucket, Key: Key!, UploadId: UploadId! })
      return onS3(() => client.send(command)).then(() => {}, ifGone(undefined))
    }),
    ...Contents.map(({ Key }) => async () => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: Key! }))
    }),
  ]
  for (let begun = 0; begun < removals.length; begun += atOnce)
    await Promise.all(removals.slice(begun, begun + atOnce).map((remove) => remove()))
  return removals.length
}
