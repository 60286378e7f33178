import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import type { EgressGuard } from '#transfer/egress/guard.ts'
import type { Lookup } from '#transfer/egress/resolver.ts'
import type { DialStep } from '#transfer/egress/route.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { startRawOrigin } from '../origins/raw-origin.ts'

export const loopback = parseCidrs('127.0.0.0/8,::1/128').cidrs
export const publicAddress = '93.184.216.34'

export const listen = async (options: { host?: string; tls?: TlsOptions } = {}) => {
  const origin = await startRawOrigin(() => undefined, options)
  onTestFinished(() => origin.close())
  return origin
}
export const dial = async (guard: EgressGuard, url: string, signal = new AbortController().signal) => {
  const steps: DialStep[] = []
  const dialled = await guard.dial(url, { signal, onStep: (step) => steps.push(step) })
  onTestFinished(() => void dialled.connection.destroy())
  return { ...dialled, socket: dialled.connection.socket, steps }
}
export const failureOf = async (guard: EgressGuard, url: string, signal?: AbortSignal) => {
  const error: unknown = await dial(guard, url, signal).then(
    () => null,
    (error: unknown) => error,
  )
  return error as { failure?: TaskErrorName; message: string }
}
export const resolvingTo =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses
export const failing =
  (code: string): Lookup =>
  async () => {
    throw Object.assign(new Error(`${code} 10.0.0.1`), { code })
  }

export const bareServer = async (serve: (socket: Socket) => void) => {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
