import { randomBytes } from 'node:crypto'
import type { NotResumable } from '@backhaul/transfer/rules'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEncryptor } from '#core/runtime/crypto.ts'
import { readResumeData, whyNotResumable, writeResumeData } from '#core/tasks/rules/resume-data.ts'
import { resumeDataUnavailableReasons } from '#core/tasks/rules/resume-data-unavailable.ts'

const encryptor = createEncryptor(randomBytes(32))
const kept = { taskId: 'tsk_01jd8zc7v9f1yb5v6m3k2x4w8q', generation: 3, until: new Date('2026-11-25T12:00:00.000Z') }
const token = writeResumeData(encryptor, 'ten_a', kept)

describe('resume data', () => {
  it('names what is kept, the same way every time', () => {
    expect(readResumeData(encryptor, 'ten_a', token)).toEqual(kept)
    expect(writeResumeData(encryptor, 'ten_a', { ...kept })).toBe(token)
  })

  it("is nobody else's, and no other installation's", () => {
    expect(readResumeData(encryptor, 'ten_b', token)).toBeNull()
    expect(readResumeData(createEncryptor(randomBytes(32)), 'ten_a', token)).toBeNull()
  })

  it('is read while the key that signed it is still given, and no longer', () => {
    const [old, newer] = [randomBytes(32), randomBytes(32)]
    const before = writeResumeData(createEncryptor(old), 'ten_a', kept)
    expect(readResumeData(createEncryptor(newer, old), 'ten_a', before)).toEqual(kept)
    expect(readResumeData(createEncryptor(newer), 'ten_a', before)).toBeNull()
  })

  it('is not read when a single character of it is another one, is missing or too much', () => {
    const position = fc.integer({ min: 0, max: token.length })
    const change = fc.tuple(position, fc.integer({ min: 0, max: 1 }), fc.string({ maxLength: 3 }))
    fc.assert(
      fc.property(change, ([at, dropped, text]) => {
        const altered = token.slice(0, at) + text + token.slice(at + dropped)
        fc.pre(altered !== token)
        expect(readResumeData(encryptor, 'ten_a', altered)).toBeNull()
      }),
      { numRuns: 500 },
    )
  })

  it('is not made of anything at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(readResumeData(encryptor, 'ten_a', text)).toBeNull()
      }),
    )
  })
})

describe('what a task has received that ends', () => {
  const none = (notResumable: NotResumable) => ({ validator: null, notResumable })
  const transfer = { validator: '"1"', sealed: null }
  const some = { state: 'running', transfer, parts: [{ number: 1 }], etag: '"1"', errorName: null } as const

  it.each([
    [some, null],
    [{ ...some, state: 'waiting' }, null],
    [{ ...some, state: 'suspended' }, null],
    [{ ...some, transfer: null, parts: [], etag: null }, 'nothingReceived'],
    [{ ...some, parts: [] }, 'nothingReceived'],
    [{ ...some, transfer: { ...transfer, validator: null }, etag: null }, 'noStrongValidator'],
    [{ ...some, transfer: { ...transfer, validator: null }, etag: 'W/"1"' }, 'noStrongValidator'],
    [{ ...some, transfer: { ...transfer, validator: null } }, 'rangesNotSupported'],
    // The engine knows better than the tag tells.
    [{ ...some, transfer: { ...transfer, ...none('noStrongValidator') } }, 'noStrongValidator'],
    [{ ...some, transfer: { ...transfer, ...none('rangesNotSupported') }, etag: null }, 'rangesNotSupported'],
    [{ ...some, transfer: { ...transfer, ...none('contentEncoded') } }, 'contentEncoded'],
    [{ ...some, transfer: { ...transfer, ...none('contentEncoded') }, parts: [] }, 'contentEncoded'],
    [{ ...some, errorName: 'noPermissionsToReadFile' }, null],
    [{ ...some, errorName: 'deadline_exceeded' }, null],
    [{ ...some, errorName: 'mime_type_mismatch' }, null],
    [{ ...some, errorName: 'deadline_exceeded', parts: [] }, 'nothingReceived'],
    [{ ...some, errorName: 'checksum_mismatch' }, null],
    [{ ...some, errorName: 'length_mismatch' }, 'contentRefused'],
    [{ ...some, errorName: 'dataLengthExceedsMaximum' }, 'contentRefused'],
    [{ ...some, state: 'completing' }, 'allBytesReceived'],
    [{ ...some, state: 'waiting', transfer: { ...transfer, sealed: {} } }, 'allBytesReceived'],
  ] as const)('%j: %s', (task, reason) => {
    expect(whyNotResumable(task)).toBe(reason)
  })

  it('has seven named reasons not to be kept', () => {
    expect(resumeDataUnavailableReasons).toHaveLength(7)
  })
})
