import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'

let dataDir: string
let origin: Origin
let receiver: Receiver

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-e2e-'))
  ;[origin, receiver] = await Promise.all([startOrigin(), startReceiver()])
})

afterAll(async () => {
  await Promise.all([origin?.close(), receiver?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

test('everything goes out through the proxy, and a proxy that fails costs a task time but no attempt', async () => {
  const credentials = `Basic ${Buffer.from('backhaul:hunter2').toString('base64')}`
  let isBroken = true
  const proxy = await startConnectProxy(({ head, target }) => {
    if (!head.includes(`Proxy-Authorization: ${credentials}\r\n`)) return 'HTTP/1.1 407 Authenticate\r\n\r\n'
    return isBroken ? '' : { port: Number(target.split(':')[1]) }
  })
  const service = await startStandalone(dataDir, {
    EGRESS_PROXY_URL: `http://backhaul:hunter2@127.0.0.1:${proxy.port}`,
    HTTP_PROXY: 'http://127.0.0.1:9',
    NODE_USE_ENV_PROXY: '1',
  })
  try {
    const { client } = await newTenant(service.url)
    await client.ok('POST', '/v1/webhook-endpoints', { url: receiver.url })
    await client.ok('PUT', '/v1/sessions/proxied', { configuration: { delegate: { url: receiver.url } } })
    const url = origin.serve('/file', { bytes: 24 * 1024 * 1024 + 17 })
    const { id } = await client.ok<TaskView>('POST', '/v1/sessions/proxied/tasks', { url })
    await eventually('the proxy fails', () => proxy.requests.length > 0)
    isBroken = false
    expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 1 })
    const file = await client.file(id)
    expect(Buffer.from(await file.arrayBuffer()).equals(origin.content('/file'))).toBe(true)
    await eventually('the wake is finished', () => receiver.types().includes('session.events_finished'))
    const { host } = new URL(receiver.url)
    expect(new Set(proxy.requests.map(({ target }) => target))).toEqual(new Set([new URL(url).host, host]))
    expect(service.output()).toContain('EgressProxyError')
    expect(service.output()).not.toMatch(/hunter2|Basic /)
  } finally {
    await service.end('SIGTERM')
  }
})
