import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { slowCrc32 } from '#sdk/files/checksum.ts'

it('the CRC-32 for Node before 20.15 is that of zlib, in however many chunks the bytes come', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
      const sum = chunks.reduce((before, chunk) => slowCrc32(chunk, before), 0)
      expect(sum).toBe(crc32(Buffer.concat(chunks)))
    }),
  )
})

it('the CRC-32 of the check string of the catalogue is as published', () => {
  expect(slowCrc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
})
