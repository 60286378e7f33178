import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { cliEntry, startCli } from './cli-process.ts'
import { loggedOut, useCliUser } from './cli-user.ts'

const MiB = 1024 ** 2
const user = useCliUser()

describe('a file on this machine', () => {
  test('that exists is not replaced, and nothing is asked of the service', async () => {
    const url = user.origin.serve('/exists.bin', { bytes: 10 })
    await writeFile(join(user.here, 'mine'), 'precious')
    await user.refuses(['get', url, '-o', 'mine'], 5, /mine exists already: give another path with -o, or --force/)
    expect(await readFile(join(user.here, 'mine'), 'utf8')).toBe('precious')
    expect(user.origin.requests.filter(({ path }) => path === '/exists.bin')).toEqual([])
  })

  test('is on a full disk', async () => {
    const url = user.origin.serve('/full.bin', { bytes: 3 * MiB })
    const id = await user.detached(url)
    // The kernel says ENOSPC to every write into this device.
    await symlink('/dev/full', join(user.here, `my file.${id}.part`))
    await user.refuses(
      ['get', id, '-o', 'my file'],
      5,
      new RegExp(
        `The disk is full \\(\\S*my file\\): make room and try again\\. .*\`backhaul get ${id} -o 'my file'\` goes on`,
      ),
    )
    expect(await user.listed()).toEqual([])
  })

  test('is named twice and saved once', async () => {
    const url = user.origin.serve('/twice.bin', { bytes: 2 * MiB })
    const id = await user.detached(url)
    expect(await user.run(['get', id, id])).toMatchObject({ code: 0, stdout: `${join(user.here, 'twice.bin')}\n` })
    expect((await readFile(join(user.here, 'twice.bin'))).equals(user.origin.content('/twice.bin'))).toBe(true)
  })

  test('was changed by somebody while it was a part', async () => {
    const url = user.origin.serve('/part.bin', { bytes: 2 * MiB })
    const id = await user.detached(url)
    await writeFile(join(user.here, `part.bin.${id}.part`), Buffer.alloc(MiB, 'not what it was'))
    expect(await user.run(['get', id])).toMatchObject({ code: 0 })
    expect((await readFile(join(user.here, 'part.bin'))).equals(user.origin.content('/part.bin'))).toBe(true)
    expect(await user.listed()).toEqual(['part.bin'])
  })
})

describe('a user', () => {
  const login = () => ['login', '--url', user.service.url, '--key', user.key]

  // A folder that cannot be made, a file instead of one, and none at all.
  test.each(['/proc/nowhere', '/dev/null', ''])(
    'whose home folder is "%s" needs no profile, and cannot keep one',
    async (HOME) => {
      expect(await user.run(['ls'], { HOME })).toMatchObject({ code: 0 })
      await user.refuses(login(), 5, /XDG_CONFIG_HOME/, { ...loggedOut, HOME })
      await user.refuses(['ls'], 2, /There is no API key/, { ...loggedOut, HOME })
      await user.refuses(['listen', '--print-secret'], 5, /XDG_STATE_HOME/, { HOME })
      expect(await user.client.ok('GET', '/v1/webhook-endpoints')).toMatchObject({ data: [] })
    },
  )

  test('whose profile others may read is told how to close it', async () => {
    expect(await user.run(login(), loggedOut)).toMatchObject({ code: 0 })
    const path = join(user.home, '.config/backhaul/profiles.json')
    await chmod(path, 0o644)
    await user.refuses(['ls'], 5, /others may read it \(mode 644\): chmod 600 \S+$/, loggedOut)
    await chmod(path, 0o600)
    expect(await user.run(['ls'], loggedOut)).toMatchObject({ code: 0 })
  })

  test.each([5, { url: 5 }, { url: 'http://127.0.0.1:1', key: 7 }])(
    'whose profile was written by hand as %j is told so',
    async (profile) => {
      expect(await user.run(login(), loggedOut)).toMatchObject({ code: 0 })
      const path = join(user.home, '.config/backhaul/profiles.json')
      await writeFile(path, JSON.stringify({ current: 'default', profiles: { default: profile } }))
      await user.refuses(['profiles'], 5, /is not what `backhaul login` writes/, loggedOut)
    },
  )

  test('whose profile cannot be read is told so', async () => {
    await mkdir(join(user.home, '.config/backhaul/profiles.json'), { recursive: true, mode: 0o700 })
    await user.refuses(['ls'], 5, /profiles\.json cannot be read \(EISDIR\): set XDG_CONFIG_HOME/, loggedOut)
  })

  test('whose disk is full keeps the profile that was there, and no piece of another one', async () => {
    expect(await user.run(login(), loggedOut)).toMatchObject({ code: 0 })
    const config = join(user.home, '.config/backhaul')
    const before = await readFile(join(config, 'profiles.json'), 'utf8')
    // No file may be larger than nothing.
    const limited = ['bash', '-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath] as const
    const env = { ...loggedOut, HOME: user.home, NODE_COMPILE_CACHE: undefined }
    const cli = startCli([...login(), '--profile', 'other'], env, user.here, limited)
    expect(await cli.ended).toBe(5)
    expect(cli.stderr()).toMatch(/^backhaul: No profile can be kept in \S+ \(EFBIG\): set XDG_CONFIG_HOME/)
    expect(await readdir(config)).toEqual(['profiles.json'])
    expect(await readFile(join(config, 'profiles.json'), 'utf8')).toBe(before)
  })
})

describe('somebody who', () => {
  test('calls it several times in a script gets what each says, also over a socket', async () => {
    const script = '"$0" "$1" --version; echo between; "$0" "$1" --version'
    // What Node gives to a child as stdout is a socket.
    const run = spawn('bash', ['-c', script, process.execPath, cliEntry], {
      env: userEnvironment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const version = expect.stringMatching(/^\d+\.\d+\.\d+$/)
    expect((await text(run.stdout)).split('\n')).toEqual([version, 'between', version, ''])
  })

  test('does not read what is no data gets the data', async () => {
    const url = user.origin.serve('/unread.bin', { bytes: 10 })
    const cli = startCli(['get', url, '--detach'], user.env)
    cli.child.stderr!.destroy()
    expect(await cli.ended).toBe(0)
    expect(cli.stdout()).toMatch(/^tsk_\w+\n$/)
  })

  test('types nothing when asked for a key is told in a sentence', async () => {
    const line = `${process.execPath} ${cliEntry} login --url ${user.service.url}; echo "code $?"`
    const run = spawn('script', ['-qec', line, '/dev/null'], {
      env: { ...userEnvironment, HOME: user.home, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let shown = ''
    run.stdout.on('data', (chunk: Buffer) => (shown += chunk))
    await eventually('it asks', () => shown.includes('API key for '))
    // Ctrl-D.
    run.stdin.write('\u0004')
    await eventually('it has ended', () => shown.includes('code '))
    run.stdin.end()
    const lines = stripVTControlCharacters(shown).split(/\r?\n/).filter(Boolean)
    expect(lines.slice(-2)).toEqual(['backhaul: There is no key: give --key, or pipe it in with --key -.', 'code 2'])
  })
})

describe('a terminal of 40 columns', () => {
  test.each(['ls', 'sessions', 'usage', 'keys', 'config'])('has room for `backhaul %s`', async (command) => {
    const url = user.origin.serve('/a-rather-long-name-of-a-file-that-somebody-wants.bin', { bytes: 100_000 })
    expect(await user.run(['get', url])).toMatchObject({ code: 0 })
    // `script` gives it a terminal of its own; what it is given is the line of a shell there.
    const line = `stty cols 40 rows 20; exec ${process.execPath} ${cliEntry} ${command}`
    const run = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: user.here,
      env: { ...userEnvironment, ...user.env, SHELL: '/bin/sh' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const shown = await text(run.stdout)
    const lines = stripVTControlCharacters(shown).replaceAll('\r', '').trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(40)
  })
})
