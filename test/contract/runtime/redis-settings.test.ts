import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readRedisPlace } from '#core/runtime/redis-settings.ts'
import { makeAuthority } from '#support/origins/certificates.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-ca-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const at = (caFile: string | null) =>
  readRedisPlace({ url: 'rediss://cache', sentinels: null, clusterNodes: null, caFile })

it('the authority of Redis is read from its file', async () => {
  const { cert } = makeAuthority('an authority')
  const path = join(folder, 'ca.pem')
  await writeFile(path, cert)
  expect((await at(path)).ca).toBe(cert)
  expect((await at(null)).ca).toBeNull()
})

it('a file that cannot be read, or has no certificate, is one sentence', async () => {
  const path = join(folder, 'empty.pem')
  await writeFile(path, 'no certificate')
  await expect(at(path)).rejects.toThrow(`REDIS_CA_FILE ${path} has no certificate (PEM)`)
  const { cert } = makeAuthority('an authority')
  await writeFile(path, `${cert}\n${cert.replace('MII', '***')}`)
  await expect(at(path)).rejects.toThrow(`REDIS_CA_FILE ${path} has a certificate that cannot be read: 2 of 2`)
  await writeFile(path, cert.slice(0, 200))
  await expect(at(path)).rejects.toThrow(`REDIS_CA_FILE ${path} has a certificate that cannot be read: 1 of 1`)
  await expect(at(folder)).rejects.toThrow(`REDIS_CA_FILE ${folder} cannot be read (EISDIR)`)
  await expect(at(join(folder, 'absent'))).rejects.toThrow(/^REDIS_CA_FILE \S+ cannot be read \(ENOENT\)$/)
})
