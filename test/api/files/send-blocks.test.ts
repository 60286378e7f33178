import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readlink, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendBlocks } from '#api/http/send-blocks.ts'
import { eventually } from '#support/assertions/eventually.ts'

const content = randomBytes(5 * 1024 * 1024 + 17)
const app = Fastify()
let folder: string
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-blocks-'))
  await writeFile(join(folder, 'file'), content)
  await writeFile(join(folder, 'empty'), '')
  app.get<{ Params: { name: string }; Querystring: { start: number; bytes: number } }>('/:name', (request, reply) => {
    const { start, bytes } = request.query
    return reply.header('content-length', bytes).send(sendBlocks(join(folder, request.params.name), +start, +bytes))
  })
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

const opened = async (name: string, start: number, bytes: number) => {
  const request = get(`${url}/${name}?start=${start}&bytes=${bytes}`, { agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const openFiles = async (path: string) => {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter((link) => link === path).length
}

describe('a file that is sent in blocks', () => {
  it('comes right to a hundred readers at once, whatever part each asks for', async () => {
    const read = async (start: number) => {
      const response = await opened('file', start, content.length - start)
      return sha256(Buffer.concat(await response.toArray()))
    }
    const starts = Array.from({ length: 100 }, (_, n) => n * 40_001)
    expect(await Promise.all(starts.map(read))).toEqual(starts.map((start) => sha256(content.subarray(start))))
  })

  it('is not changed in memory before a slow socket has taken it', async () => {
    const hash = createHash('sha256')
    const slow = new Writable({
      write(chunk, _encoding, taken) {
        // Long enough for a read of the disk.
        void stat(folder).then(() => {
          hash.update(chunk)
          taken()
        })
      },
    })
    await finished(sendBlocks(join(folder, 'file'), 0, content.length).pipe(slow))
    expect(hash.digest('hex')).toBe(sha256(content))
  })

  it('may be empty', async () => {
    const response = await opened('empty', 0, 0)
    expect(response.statusCode).toBe(200)
    expect(await response.toArray()).toEqual([])
  })

  it('is closed when its reader has gone, and when it has been sent', async () => {
    const path = join(folder, 'file')
    const gone = await opened('file', 0, content.length)
    const whole = await opened('file', 0, content.length)
    expect(await openFiles(path)).toBeGreaterThan(0)
    gone.destroy()
    await whole.toArray()
    await eventually('both files are closed', async () => (await openFiles(path)) === 0)
  })

  it('is closed when its turn on a connection has not come before its reader has gone', async () => {
    const { port } = new URL(url)
    const connection = connect(Number(port), '127.0.0.1')
    await once(connection, 'connect')
    connection.pause()
    const request = `GET /pipelined?start=0&bytes=${content.length} HTTP/1.1\r\nhost: a\r\n\r\n`
    const path = join(folder, 'pipelined')
    await writeFile(path, content)
    connection.write(request.repeat(3))
    await eventually('all three are opened', async () => (await openFiles(path)) === 3)
    // Of a file that the garbage collector has to close.
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    connection.destroy()
    await eventually('all three are closed', async () => (await openFiles(path)) === 0)
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  it('breaks off where it has become shorter meanwhile, and is no problem where it is not there', async () => {
    await writeFile(join(folder, 'short'), content)
    const response = await opened('short', 0, content.length)
    await truncate(join(folder, 'short'), 1000)
    await expect(response.toArray()).rejects.toThrow('aborted')
    await eventually('it is closed', async () => (await openFiles(join(folder, 'short'))) === 0)
    expect((await opened('none', 0, 10)).statusCode).toBe(500)
  })
})
