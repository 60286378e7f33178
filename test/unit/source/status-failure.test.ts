import { describe, expect, it } from 'vitest'
import { totalOfWholePart } from '#transfer/source/rules/range-resume.ts'
import { isOfFile, passingErrorCode, statusDetail, statusNote } from '#transfer/source/rules/status-failure.ts'

describe('a status where a file was asked for', () => {
  it('comes with a file if it is 2xx, but 202', () => {
    expect([200, 201, 203, 204, 205, 206, 207, 226, 299].every(isOfFile)).toBe(true)
    expect([100, 202, 300, 304, 404, 500, 600, 999].some(isOfFile)).toBe(false)
  })

  it.each([
    [200, null],
    [206, null],
    [404, null],
    [999, null],
    [204, 'no_content'],
    [205, 'no_content'],
    [201, 'unexpected_status'],
    [202, 'unexpected_status'],
    [203, 'unexpected_status'],
    [207, 'unexpected_status'],
    [299, 'unexpected_status'],
  ])('%d is noted as %s', (status, code) => expect(statusNote(status)?.code ?? null).toBe(code))

  it.each([
    [202, 'the origin answered 202: the file is not ready yet'],
    [206, 'the origin answered 206: it sent a part that was not asked for'],
    [300, 'the origin answered 300, and does not say where the file is'],
    [304, 'the origin answered 304 (not modified) to a request without a condition'],
    [404, 'the origin answered 404'],
    [501, 'the origin answered 501'],
    [600, 'the origin answered 600, which is no status of HTTP'],
  ])('%d has its sentence', (status, detail) => expect(statusDetail(status)).toBe(detail))
})

describe('the body of an error', () => {
  it.each([
    ['<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>', 'SlowDown'],
    ['<Error>\n <Code> RequestTimeout </Code>', 'RequestTimeout'],
    ['<Error><Code>InvalidArgument</Code></Error>', null],
    ['<Error><Code>NotSlowDown</Code></Error>', null],
    ['<Error><Code>AccessDenied</Code><Message><Code>SlowDown</Code></Message></Error>', null],
    ['SlowDown', null],
    ['<Code>SlowDown', null],
    ['', null],
  ])('%j passes with time: %s', (body, code) => expect(passingErrorCode(body)).toBe(code))
})

describe('a part that nobody asked for', () => {
  it.each<[number | null, Record<string, string>]>([
    [10, { 'content-range': 'bytes 0-9/10' }],
    [10, { 'content-range': 'bytes 0-9/10', 'content-length': '10' }],
    [1, { 'content-range': 'bytes 0-0/1', 'content-type': 'text/plain' }],
    [null, {}],
    [null, { 'content-length': '10' }],
    [null, { 'content-range': 'bytes 0-8/10' }],
    [null, { 'content-range': 'bytes 1-9/10' }],
    [null, { 'content-range': 'bytes 0-9/*' }],
    [null, { 'content-range': 'bytes */10' }],
    [null, { 'content-range': 'bytes 0-10/10' }],
    [null, { 'content-range': 'items 0-9/10' }],
    [null, { 'content-range': 'bytes 0-9/10', 'content-length': '9' }],
    [null, { 'content-range': 'bytes 0-9/10', 'content-length': '10, 10' }],
    [null, { 'content-range': 'bytes 0-9/10', 'content-type': 'Multipart/ByteRanges; boundary=a' }],
  ])('has %s bytes as the whole file: %j', (total, headers) => expect(totalOfWholePart(headers)).toBe(total))
})
