import { randomBytes, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testS3 } from '#support/servers/shared-servers.ts'
import { putPart } from '#support/storage/put-object.ts'
import { UploadGone } from '#transfer/storage/object-store.ts'
import { crc32Base64 } from '#transfer/storage/rules/crc.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'
import { type ComparingManner, startComparingS3 } from './comparing-s3.ts'

const s3 = await testS3()
if (!s3) it.skip('checksums of whole objects: left out by BACKHAUL_TEST_EMBEDDED_ONLY=1', () => {})

describe.runIf(s3 !== null)('the checksum of an object that came in parts', () => {
  const bodies = [randomBytes(5 * 1024 * 1024), randomBytes(1000)] as const
  const whole = crc32Base64(crc32(Buffer.concat(bodies)))

  async function open(manner: ComparingManner) {
    const gateway = await startComparingS3(s3!.endpoint!, manner)
    const objects = createS3Objects({ ...s3!, endpoint: gateway.endpoint })
    onTestFinished(async () => {
      await objects.close()
      await gateway.close()
    })
    const upload = async () => {
      const key = `ten_1/${randomUUID()}`
      const begun = await objects.begin({ key, mimeType: 'text/plain' })
      const parts = []
      for (const [index, body] of bodies.entries()) {
        const receipt = await putPart(objects, begun, { number: index + 1, offset: index * bodies[0].length }, body)
        parts.push({ number: index + 1, bytes: body.length, receipt })
      }
      return { key, begun, parts }
    }
    return { gateway, objects, upload }
  }

  it('is handed to an S3 that compares it', async () => {
    const { gateway, objects, upload } = await open('compares')
    const { key, begun, parts } = await upload()
    expect(begun.integrity).toBeDefined()
    await objects.complete(begun, parts, { crc32: whole })
    expect(gateway.compared.at(-1)).toEqual({ wanted: whole, found: whole })
    expect(await objects.head(key)).toEqual({ bytes: bodies[0].length + bodies[1].length })
  })

  it('is handed over for an upload that 0.1.0 has begun, which kept it by another name', async () => {
    const { gateway, objects, upload } = await open('compares')
    const { begun, parts } = await upload()
    const { key, uploadId } = begun
    await objects.complete({ key, uploadId, isCompared: true }, parts, { crc32: whole })
    expect(gateway.compared.at(-1)).toEqual({ wanted: whole, found: whole })
  })

  it('finds bytes that changed on their way: the upload is gone then, and nothing is at the key', async () => {
    const { gateway, objects, upload } = await open('compares')
    // The first upload tries out what the server does.
    await upload()
    gateway.corruptNextPart()
    const { key, begun, parts } = await upload()
    await expect(objects.complete(begun, parts, { crc32: whole })).rejects.toBeInstanceOf(UploadGone)
    expect(await objects.listParts(begun)).toBeNull()
    expect(await objects.head(key)).toBeNull()
  })

  it.each(['onlyEchoes', 'silent'] as const)('is not handed to an S3 that %s', async (manner) => {
    const { gateway, objects, upload } = await open(manner)
    const { key, begun, parts } = await upload()
    expect(begun.integrity).toBeUndefined()
    await objects.complete(begun, parts, { crc32: whole })
    expect(gateway.compared).toEqual([])
    expect(await objects.head(key)).not.toBeNull()
  })

  it('is not asked for where parts would need checksums of their own', async () => {
    const { objects } = await open('wantsPartsToo')
    expect((await objects.begin({ key: `ten_1/${randomUUID()}`, mimeType: 'text/plain' })).integrity).toBeUndefined()
  })
})
