import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'
import { bytesOf } from '#support/origins/origin.ts'
import { freePort } from '#support/servers/free-port.ts'
import { startCli } from './cli-process.ts'
import { useCliUser } from './cli-user.ts'

const MiB = 1024 ** 2
const user = useCliUser()

describe('a service that is not the one', () => {
  test('does not know the key', async () => {
    await user.refuses(['ls'], 3, /^backhaul: The key is not valid at http:\S+: give another one/, {
      BACKHAUL_API_KEY: 'bh_of_somebody_else_0000000000000000000000000',
    })
  })

  test.each(['http://ann:hunter2@127.0.0.1:1', 'ann:hunter2@127.0.0.1:1', 'ftp://ann:hunter2@127.0.0.1'])(
    'is given with a password: %s',
    async (address) => {
      const { stderr } = await user.refuses(
        ['ls', '--url', address],
        2,
        /…@127\S+ has a user or a password in it.*--url/,
      )
      expect(stderr).not.toContain('hunter2')
    },
  )

  test.each(['bh_sec\nret', 'bh_sec☃ret'])('is given a key that none can be: %j', async (key) => {
    const { stderr } = await user.refuses(['ls'], 2, /^backhaul: That is no key \(BACKHAUL_API_KEY\)/, {
      BACKHAUL_API_KEY: key,
    })
    expect(stderr).not.toContain('sec')
  })

  test('is another server', async () => {
    await user.refuses(['ls', '--url', user.origin.url], 4, /is not Backhaul \(404\)/)
  })

  test.each(['/v1', '/dashboard/'])('is called below a path that it does not have: %s', async (path) => {
    const bare = path.replace(/\/$/, '')
    await user.refuses(['ls', '--url', user.service.url + path], 4, new RegExp(`give the address without ${bare} `))
  })

  test('is away', async () => {
    const away = `http://127.0.0.1:${await freePort()}`
    await user.refuses(
      ['get', `${user.origin.url}/a`, '--url', away],
      4,
      /cannot be reached \(ECONNREFUSED\): is the service running/,
    )
    expect(await user.listed()).toEqual([])
  })

  test('is away for a while when the file is half here', async () => {
    const url = user.origin.serve('/half.bin', { bytes: 64 * MiB })
    const id = await user.detached(url)
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(user.service.url).port) })
    try {
      const env = { ...user.env, BACKHAUL_URL: `http://127.0.0.1:${proxy.port}` }
      const cli = startCli(['get', id, '--json'], env, user.here)
      const part = join(user.here, `half.bin.${id}.part`)
      await eventually('some of it is here', async () => ((await stat(part).catch(() => null))?.size ?? 0) > 0)
      await proxy.cut()
      await eventually('it is told', () => cli.stderr().includes('Trying again: '))
      expect(await user.listed()).toEqual([`half.bin.${id}.part`])
      await proxy.restore()
      expect(await cli.ended).toBe(0)
      // One process, which has not begun anew.
      expect(JSON.parse(cli.stdout())).toMatchObject({ bytes: 64 * MiB, resumedAt: 0 })
      expect((await readFile(join(user.here, 'half.bin'))).equals(user.origin.content('/half.bin'))).toBe(true)
      expect(await user.listed()).toEqual(['half.bin'])
    } finally {
      await proxy.close()
    }
  })

  test('is of another version', async () => {
    const answer = { status: 404, code: 'not_found', detail: 'There is nothing at this address.' }
    const server = createServer((_request, response) =>
      response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(answer)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await user.refuses(
      ['usage', '--url', `http://127.0.0.1:${port}`],
      3,
      /it is of another version: use the `backhaul` that belongs/,
    )
    server.closeAllConnections()
    server.close()
  })
})

describe('a file at its origin', () => {
  /** The first response breaks off half-way; what comes behind it is another version. */
  function serveChanging(path: string, then: 'another version' | 'expired'): string {
    const [before, after] = [bytesOf('before', 2 * MiB), bytesOf('after', 2 * MiB)]
    let responses = 0
    return user.origin.serve(path, {
      bytes: 2 * MiB,
      respond(_request, response) {
        responses += 1
        if (responses > 1 && then === 'expired') return void response.writeHead(403).end('The link has expired.')
        const [body, etag] = responses === 1 ? [before, '"v1"'] : [after, '"v2"']
        response.writeHead(200, { 'content-length': body.length, etag, 'accept-ranges': 'bytes' })
        if (responses > 1) return void response.end(body)
        response.write(body.subarray(0, MiB), () => response.socket?.destroy())
      },
    })
  }

  test('that changes half-way is saved as the newer one', async () => {
    const url = serveChanging('/changes.bin', 'another version')
    expect(await user.run(['get', url])).toMatchObject({ code: 0 })
    expect((await readFile(join(user.here, 'changes.bin'))).equals(bytesOf('after', 2 * MiB))).toBe(true)
    expect(await user.listed()).toEqual(['changes.bin'])
  })

  test('that changes half-way is none where the checksum of the older one was given', async () => {
    const sha256 = createHash('sha256')
      .update(bytesOf('before', 2 * MiB))
      .digest('hex')
    const url = serveChanging('/expected.bin', 'another version')
    await user.refuses(['get', url, '--sha256', sha256], 1, /has failed: .*another one than you expected/)
    expect(await user.listed()).toEqual([])
  })

  test('whose link expires half-way goes on with another link', async () => {
    const url = serveChanging('/expires.bin', 'expired')
    const { stderr } = await user.refuses(
      ['get', url],
      1,
      /`backhaul retry tsk_\w+ <new URL>` goes on with another one\.$/,
    )
    expect(await user.listed()).toEqual([])
    const [, id] = /retry (tsk_\w+)/.exec(stderr)!
    const renewed = user.origin.serve('/renewed.bin', { bytes: 2 * MiB })
    const again = await user.run(['retry', id!, renewed])
    expect(await user.run(['get', again.stdout.trim(), '-o', 'f'])).toMatchObject({ code: 0 })
    expect(await user.listed()).toEqual(['f'])
  })
})
