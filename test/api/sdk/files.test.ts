import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Backhaul } from '#sdk/index.ts'
import { finish } from '#support/builders/api-fixtures.ts'
import { useSdk } from '#support/client/sdk.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'

const sdk = useSdk()
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-sdk-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function completedTask(bytes: string) {
  await sdk.backhaul.sessions.open('files', { configuration: { delegate: { kind: 'pull' } } })
  const { id } = await sdk.backhaul.tasks.create('files', { url: 'https://origin.example.com/data.bin' })
  await finish(sdk.api, sdk.tenant, id, bytes)
  return id
}
const files = () => readdir(folder)

describe('a file that is saved', () => {
  it('is there whole, checked, and nothing else is', async () => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    const seen: unknown[] = []
    const saved = await sdk.backhaul.files.save(id, path, { onProgress: (progress) => seen.push(progress) })
    expect(saved).toEqual({ path, bytes: 9, resumedAt: 0, checksum: 'crc32' })
    expect(await readFile(path, 'utf8')).toBe('the bytes')
    expect(await files()).toEqual(['data.bin'])
    expect(seen[0]).toEqual({ received: 0, total: 9 })
    expect(seen.at(-1)).toEqual({ received: 9, total: 9 })
  })

  it('does not replace another one unless that is said', async () => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    await writeFile(path, 'precious')
    await expect(sdk.backhaul.files.save(id, path)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(path, 'utf8')).toBe('precious')
    await sdk.backhaul.files.save(id, path, { overwrite: true })
    expect(await readFile(path, 'utf8')).toBe('the bytes')
    expect(await files()).toEqual(['data.bin'])
  })

  it('goes on from what an earlier call has left', async () => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    await writeFile(`${path}.${id}.part`, 'the b')
    expect(await sdk.backhaul.files.save(id, path)).toMatchObject({ resumedAt: 5 })
    expect(await readFile(path, 'utf8')).toBe('the bytes')
  })

  it('takes what is there already without a request', async () => {
    const id = await completedTask('the bytes')
    const task = await sdk.backhaul.tasks.get(id)
    await writeFile(join(folder, `a.${id}.part`), 'the bytes')
    const nowhere = new Backhaul({ apiKey: 'bh_1', baseUrl: 'http://127.0.0.1:9', maxRetries: 0 })
    expect(await nowhere.files.save(task, join(folder, 'a'))).toMatchObject({ resumedAt: 9 })
  })

  it.each([
    ['other bytes of an earlier call', 'THE B'],
    ['more than there can be', 'the bytes, and some more'],
  ])('is never made of %s', async (_what, left) => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    await writeFile(`${path}.${id}.part`, left)
    await sdk.backhaul.files.save(id, path)
    expect(await readFile(path, 'utf8')).toBe('the bytes')
    expect(await files()).toEqual(['data.bin'])
  })

  it('is refused in the words of the service when there is none', async () => {
    await sdk.backhaul.sessions.open('files', { configuration: { delegate: { kind: 'pull' } } })
    const { id } = await sdk.backhaul.tasks.create('files', { url: 'https://origin.example.com/data.bin' })
    const refusal = { name: 'ConflictError', code: 'file_not_available' }
    await expect(sdk.backhaul.files.save(id, join(folder, 'a'))).rejects.toMatchObject(refusal)
    await expect(sdk.backhaul.files.stream(id)).rejects.toMatchObject(refusal)
    expect(await files()).toEqual([])
  })
})

describe('a file that is streamed', () => {
  it('comes whole, or from an offset on', async () => {
    const id = await completedTask('the bytes')
    expect(await text(await sdk.backhaul.files.stream(id))).toBe('the bytes')
    expect(await text(await sdk.backhaul.files.stream(id, { offset: 4 }))).toBe('bytes')
  })

  it('survives a link that breaks while it is read', async () => {
    const bytes = 'the bytes '.repeat(3_000_000)
    const id = await completedTask(bytes)
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(sdk.url).port) })
    try {
      const baseUrl = `http://127.0.0.1:${proxy.port}`
      const stream = await new Backhaul({ apiKey: sdk.tenant.key, baseUrl }).files.stream(id)
      const reader = stream.getReader()
      const first = await reader.read()
      proxy.reset()
      reader.releaseLock()
      const rest = await buffer(stream)
      expect(Buffer.concat([first.value!, rest]).equals(Buffer.from(bytes))).toBe(true)
    } finally {
      await proxy.close()
    }
  })
})
