import { onTestFinished } from 'vitest'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import { chunksOf } from '#transfer/bytes/body-chunks.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import type { Lookup } from '#transfer/egress/resolver.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'
import type { SourceRequest, SourceResponse } from '#transfer/source/source.ts'
import { type RawRequest, startRawOrigin } from '../origins/raw-origin.ts'

export const loopback = parseCidrs('127.0.0.1/32').cidrs
export const sourceWith = (lookup: Lookup = async () => ['127.0.0.1']) =>
  createHttpSource(createEgressGuard({ allowed: loopback, lookup }))
export const source = sourceWith()

export const serve = async (script: (request: RawRequest) => string | Buffer | undefined, options = {}) => {
  const origin = await startRawOrigin(script, options)
  onTestFinished(() => origin.close())
  return origin
}
export const open = async (url: string, more: Partial<SourceRequest> = {}, from = source) => {
  const response = await from.open({
    url,
    connectionScope: 'test',
    headers: {},
    idleTimeoutMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  })
  onTestFinished(() => response.discard())
  return response
}
export const read = async (response: SourceResponse) => {
  const chunks: Uint8Array[] = []
  for await (const { bytes, release } of chunksOf(response)) {
    chunks.push(Buffer.from(bytes))
    release()
  }
  return Buffer.concat(chunks)
}
export const get = async (url: string, more: Partial<SourceRequest> = {}) =>
  (await read(await open(url, more))).toString('latin1')
export const errorOf = async (work: Promise<unknown>) =>
  (await work.then(
    () => null,
    (error: unknown) => error,
  )) as { failure?: TaskErrorName; message: string } | null
export const failureOf = async (work: Promise<unknown>) => (await errorOf(work))?.failure

export const lines = (...head: string[]) => `${head.join('\r\n')}\r\n\r\n`
export const chunked = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')
