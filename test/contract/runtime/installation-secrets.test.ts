import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { installationSecrets } from '#core/runtime/installation-secrets.ts'

const home = await mkdtemp(join(tmpdir(), 'backhaul-secrets-'))
afterAll(() => rm(home, { recursive: true }))
let dataDir: string
let count = 0
beforeEach(() => {
  dataDir = join(home, String(count++), 'data')
})
const absent = () => ({ dataDir, adminTokens: null, encryptionKeys: null })

it('makes what is absent once and gives the same ever after', async () => {
  const first = await installationSecrets(absent())
  expect(first.created).toEqual({ adminToken: true, encryptionKey: true })
  expect(first.adminTokens[0]!.length).toBeGreaterThan(40)
  expect(first.encryptionKeys).toHaveLength(1)
  expect(first.encryptionKeys[0]).toHaveLength(32)
  expect(await installationSecrets(absent())).toEqual({
    ...first,
    created: { adminToken: false, encryptionKey: false },
  })
})

it('processes that start at once agree, and one of them made it', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => installationSecrets(absent())))
  expect(new Set(all.map(({ adminTokens }) => adminTokens.join())).size).toBe(1)
  expect(new Set(all.map(({ encryptionKeys }) => Buffer.from(encryptionKeys[0]).toString('hex'))).size).toBe(1)
  expect(all.filter(({ created }) => created.adminToken)).toHaveLength(1)
  expect((await readdir(dataDir)).sort()).toEqual(['admin-token', 'encryption-key'])
})

it('keeps them for the owner only', async () => {
  await installationSecrets(absent())
  for (const name of await readdir(dataDir)) expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600)
})

it('takes what the configuration gives and keeps nothing then', async () => {
  const encryptionKeys = [new Uint8Array(32), new Uint8Array(32).fill(1)] as const
  const given = await installationSecrets({ dataDir, adminTokens: ['given-token', 'other-token'], encryptionKeys })
  expect(given).toEqual({
    adminTokens: ['given-token', 'other-token'],
    encryptionKeys,
    created: { adminToken: false, encryptionKey: false },
  })
  await expect(readdir(dataDir)).rejects.toThrow()
})

it.each(['admin-token', 'encryption-key'])('a damaged %s is an error, never a new one', async (name) => {
  await installationSecrets(absent())
  await writeFile(join(dataDir, name), '')
  await expect(installationSecrets(absent())).rejects.toThrow(/is damaged/)
})

it('a folder that cannot be made is one line', async () => {
  await writeFile(join(home, 'file'), '')
  dataDir = join(home, 'file', 'data')
  await expect(installationSecrets(absent())).rejects.toThrow(/^DATA_DIR \S+ cannot be used \(ENOTDIR\)$/)
})
