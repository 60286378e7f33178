import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Backhaul, type CompletedTask } from '#sdk/index.ts'
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

  it('is done already when it is there, and when two calls save it at once', async () => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    const both = [sdk.backhaul.files.save(id, path), sdk.backhaul.files.save(id, path)]
    expect((await Promise.all(both)).map(({ resumedAt }) => resumedAt)).toEqual([0, 9])
    expect(await readFile(path, 'utf8')).toBe('the bytes')
    expect(await files()).toEqual(['data.bin'])
  })

  it('waits for its turn no longer than its signal lets it', async () => {
    const task = await sdk.backhaul.tasks.get(await completedTask('the bytes'))
    const path = join(folder, 'data.bin')
    const impatient = new AbortController()
    let second: Promise<unknown> | undefined
    const onProgress = () => {
      second ??= sdk.backhaul.files.save(task, path, { signal: impatient.signal }).catch((error) => error)
      impatient.abort(new Error('enough'))
    }
    await sdk.backhaul.files.save(task, path, { onProgress })
    expect(await second).toBe(impatient.signal.reason)
    expect(await readFile(path, 'utf8')).toBe('the bytes')
  })

  it.each([
    ['as long', 'THE BYTES'],
    ['shorter', 'the'],
  ])('is not mistaken for another one that is %s', async (_how, precious) => {
    const id = await completedTask('the bytes')
    await writeFile(join(folder, 'a'), precious)
    await expect(sdk.backhaul.files.save(id, join(folder, 'a'))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe(precious)
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

  it('is saved to its end over a link that breaks on the way', async () => {
    const bytes = 'the bytes '.repeat(3_000_000)
    const id = await completedTask(bytes)
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(sdk.url).port) })
    try {
      const path = join(folder, 'data.bin')
      const client = new Backhaul({ apiKey: sdk.tenant.key, baseUrl: `http://127.0.0.1:${proxy.port}` })
      let breaks = 3
      const saved = await client.files.save(id, path, {
        onProgress({ received, total }) {
          if (received < (total * (4 - breaks)) / 5 || breaks === 0) return
          breaks -= 1
          proxy.reset()
        },
      })
      expect([saved, breaks]).toEqual([{ path, bytes: bytes.length, resumedAt: 0, checksum: 'crc32' }, 0])
      expect(await readFile(path, 'utf8')).toBe(bytes)
      expect(await files()).toEqual(['data.bin'])
    } finally {
      await proxy.close()
    }
  })

  it('is kept as far as it came when the link does not come back, and the next call goes on', async () => {
    const bytes = 'the bytes '.repeat(3_000_000)
    const id = await completedTask(bytes)
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(sdk.url).port) })
    const path = join(folder, 'data.bin')
    try {
      const baseUrl = `http://127.0.0.1:${proxy.port}`
      const client = new Backhaul({ apiKey: sdk.tenant.key, baseUrl, maxRetries: 0 })
      const task = await client.tasks.get(id)
      const save = client.files.save(task, path, {
        maxRetries: 0,
        onProgress({ received, total }) {
          if (received > total / 2) void proxy.cut()
        },
      })
      await expect(save).rejects.toMatchObject({ code: 'connection_failed' })
    } finally {
      await proxy.close()
    }
    expect(await files()).toEqual([`data.bin.${id}.part`])
    const { size } = await stat(`${path}.${id}.part`)
    expect(size).toBeGreaterThan(bytes.length / 2)
    expect(await sdk.backhaul.files.save(id, path)).toMatchObject({ resumedAt: size })
    expect(await readFile(path, 'utf8')).toBe(bytes)
  })

  it('is compared with its SHA-256 where there is one', async () => {
    const id = await completedTask('the bytes')
    const path = join(folder, 'data.bin')
    const task = (await sdk.backhaul.tasks.get(id)) as CompletedTask
    const withSha256 = (sha256: string): CompletedTask => ({
      ...task,
      file: { ...task.file, checksums: { ...task.file.checksums, sha256 } },
    })
    const wrong = sdk.backhaul.files.save(withSha256('ab'.repeat(32)), path)
    await expect(wrong).rejects.toMatchObject({
      name: 'BackhaulError',
      code: 'file_damaged',
      message: expect.stringContaining('the checksum differs'),
      fix: expect.any(String),
    })
    expect(await files()).toEqual([])
    const sha256 = createHash('sha256').update('the bytes').digest('hex')
    expect(await sdk.backhaul.files.save(withSha256(sha256), path)).toMatchObject({ checksum: 'sha256' })
  })

  it('that the disk has no room for is an error of the file system, and has no name', async () => {
    const id = await completedTask('the bytes '.repeat(300_000))
    const path = join(folder, 'data.bin')
    // The kernel says ENOSPC to every write into this device.
    await symlink('/dev/full', `${path}.${id}.part`)
    await expect(sdk.backhaul.files.save(id, path)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await files()).not.toContain('data.bin')
    await expect(sdk.backhaul.files.save(id, join(folder, 'no/such.bin'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('leaves nothing behind when nothing came', async () => {
    const id = await completedTask('the bytes')
    const task = await sdk.backhaul.tasks.get(id)
    await sdk.backhaul.files.release(id)
    await expect(sdk.backhaul.files.save(task, join(folder, 'a'))).rejects.toMatchObject({ code: 'file_gone' })
    const stopped = sdk.backhaul.files.save(task, join(folder, 'b'), {
      signal: AbortSignal.abort(new Error('stopped')),
    })
    await expect(stopped).rejects.toThrow('stopped')
    expect(await files()).toEqual([])
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
