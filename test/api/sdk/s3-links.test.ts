import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Backhaul } from '#sdk/index.ts'
import { finish } from '#support/builders/api-fixtures.ts'
import { type ApiUnderTest, openApi, type TestTenant } from '#support/client/api.ts'
import { startTcpProxy, type TcpProxy } from '#support/faults/tcp-proxy.ts'
import { testS3 } from '#support/servers/shared-servers.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'

const config = await testS3()

describe.skipIf(config === null)('a file behind a link that S3 has signed', () => {
  let folder: string
  let proxy: TcpProxy
  let api: ApiUnderTest
  let tenant: TestTenant
  let backhaul: Backhaul
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backhaul-sdk-s3-'))
    const { hostname, port } = new URL(config!.endpoint!)
    proxy = await startTcpProxy({ host: hostname, port: Number(port) })
    // Users' links go through the proxy, the service's own requests do not.
    const objects = createS3Objects({ ...config!, publicEndpoint: `http://127.0.0.1:${proxy.port}` })
    api = Object.assign(await openApi({ objects }), { objects: objects as never })
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    tenant = await api.tenant()
    const baseUrl = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
    backhaul = new Backhaul({ apiKey: tenant.key, baseUrl })
  })
  afterAll(async () => {
    await api?.close()
    await proxy?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is saved to its end over a link that breaks, each time with a new one from the service', async () => {
    const bytes = 'the bytes '.repeat(2_000_000)
    await backhaul.sessions.open('s3', { configuration: { delegate: { kind: 'pull' } } })
    const { id } = await backhaul.tasks.create('s3', { url: 'https://origin.example.com/data.bin' })
    await finish(api, tenant, id, bytes)
    const path = join(folder, 'data.bin')
    let breaks = 2
    const saved = await backhaul.files.save(id, path, {
      onProgress({ received, total }) {
        if (breaks === 0 || received < (total * (3 - breaks)) / 4) return
        breaks -= 1
        proxy.reset()
      },
    })
    expect([saved.bytes, breaks]).toEqual([bytes.length, 0])
    expect(await readFile(path, 'utf8')).toBe(bytes)
    expect(await readdir(folder)).toEqual(['data.bin'])
  })
})
