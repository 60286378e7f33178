import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { startProgram, useCli } from '#support/client/cli.ts'
import { freePort } from '#support/servers/free-port.ts'
import { closeServices, page, startMisbehavingService } from '../../contract/sdk/misbehaving-service.ts'

const cli = useCli()
afterEach(closeServices)
const nobody = { BACKHAUL_URL: undefined, BACKHAUL_API_KEY: undefined }
const profilesPath = () => join(cli.folder, '.config/backhaul/profiles.json')
async function end(args: string[], surroundings: Parameters<typeof cli.start>[1] = {}) {
  const run = cli.start(args, surroundings)
  return { code: await run.ended, stdout: run.stdout(), stderr: run.stderr(), browsed: run.browsed }
}

describe('a profile', () => {
  it('is kept in a file that only its owner reads, and used where nothing else is said', async () => {
    const login = await end(['login', '--url', cli.url, '--key', '-'], { env: nobody, input: `${cli.tenant.key}\n` })
    expect(login).toMatchObject({ code: 0, stdout: '' })
    expect(login.stderr).not.toContain(cli.tenant.key)
    expect((await stat(profilesPath())).mode & 0o777).toBe(0o600)
    const config = await end(['config', '--json'], { env: nobody })
    const hint = `bh_…${cli.tenant.key.slice(-4)}`
    expect(JSON.parse(config.stdout)).toEqual([
      { setting: 'url', value: cli.url, source: 'profile', from: 'profile "default"' },
      { setting: 'key', value: hint, source: 'profile', from: 'profile "default"' },
      { setting: 'operatorToken', value: null, source: null, from: null },
      { setting: 'profile', value: 'default', source: 'profile', from: profilesPath() },
    ])
  })

  it('gives way to the environment, and that to a flag', async () => {
    await end(['login', '--url', cli.url], { env: nobody, input: cli.tenant.key, isTerminal: true })
    const shown = await end(['--url', 'http://flag:1', 'config'], {
      env: { ...nobody, BACKHAUL_API_KEY: 'bh_of_env_123456' },
    })
    expect(shown.stdout.split('\n').slice(0, 2)).toEqual([
      'url\thttp://flag:1\t--url',
      'key\tbh_…3456\tBACKHAUL_API_KEY',
    ])
  })

  it('keeps its key for the service that it was given for', async () => {
    await end(['login', '--url', cli.url, '--key', cli.tenant.key], { env: nobody })
    const elsewhere = await end(['usage', '--url', 'http://elsewhere.example'], { env: nobody })
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no API key') })
    expect((await end(['usage'], { env: nobody })).code).toBe(0)
  })

  it('has the token of an operator whose environment has the rest', async () => {
    await end(['login', '--operator', '--key', operatorToken])
    expect((await end(['admin', 'workers', '--json'])).code).toBe(0)
  })

  it('can be one of several, and an operator logs in beside a tenant', async () => {
    for (const name of ['one', 'two'])
      await end(['login', '--profile', name, '--url', cli.url, '--key', cli.tenant.key], { env: nobody })
    await end(['login', '--operator', '--key', operatorToken], { env: nobody })
    const listed = JSON.parse((await end(['profiles', '--json'], { env: nobody })).stdout)
    expect(listed).toMatchObject([
      { name: 'one', current: false, operatorToken: null },
      { name: 'two', current: true, operatorToken: `…${operatorToken.slice(-4)}`, key: expect.stringMatching(/^bh_…/) },
    ])
    expect((await end(['profiles', 'use', 'one'], { env: nobody })).code).toBe(0)
    const out = await end(['logout'], { env: nobody })
    expect(out.stderr).toBe('Forgotten: one. The profile is now "two".\n')
    expect((await end(['logout', '--all', '--quiet'], { env: nobody })).stderr).toBe('')
    expect(JSON.parse(await readFile(profilesPath(), 'utf8'))).toEqual({ current: null, profiles: {} })
  })

  it('is not kept when the service does not know the key', async () => {
    const refused = await end(['login', '--url', cli.url, '--key', 'bh_wrong'], { env: nobody })
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toMatch(/^backhaul: The key is not valid at .*\n$/)
    await expect(stat(profilesPath())).rejects.toThrow('ENOENT')
  })

  it('is not asked for without a terminal', async () => {
    const asked = await end(['login', '--url', cli.url], { env: nobody })
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('no terminal to ask at') })
  })

  it('is not used from a file that others may read, unless nobody needs it', async () => {
    await end(['login', '--key', cli.tenant.key])
    await chmod(profilesPath(), 0o644)
    const open = await end(['config'], { env: nobody })
    expect(open).toMatchObject({ code: 5, stdout: '' })
    expect(open.stderr).toBe(
      `backhaul: ${profilesPath()} has keys in it and others may read it (mode 644): chmod 600 ${profilesPath()}\n`,
    )
    expect((await end(['config'])).code).toBe(0)
  })

  it('from a file of something else is an error in a sentence', async () => {
    await mkdir(join(cli.folder, '.config/backhaul'), { recursive: true })
    await writeFile(profilesPath(), '{"a":', { mode: 0o600 })
    expect(await end(['profiles'])).toMatchObject({ code: 5, stderr: expect.stringContaining('is not what') })
  })

  it('that is not there is named', async () => {
    const missing = await end(['--profile', 'nope', 'config'])
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('no profile "nope"') })
  })

  it('needs a home folder only to be kept', async () => {
    const homeless = { HOME: '', XDG_CONFIG_HOME: 'relative' }
    expect((await end(['config'], { env: homeless })).code).toBe(0)
    const kept = await end(['login', '--key', cli.tenant.key], { env: homeless })
    expect(kept).toMatchObject({ code: 5, stderr: expect.stringContaining('set XDG_CONFIG_HOME') })
  })
})

describe('the program', () => {
  it('says its version, and its exit codes in the help', async () => {
    expect(await cli.run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    const help = await cli.run('--help')
    expect(help.stdout).toMatch(/Exit codes:\n {2}0 +done\n {2}1 +a task failed/)
    expect((await cli.run('config', '--help')).stdout).toContain('Global Options:')
  })

  it.each([
    ['no command', [], 'Usage: backhaul'],
    ['an unknown command', ['fetch'], "unknown command 'fetch'"],
    ['an unknown option', ['config', '--follow'], 'unknown option'],
    ['an address that is none', ['config', '--url', 'ftp://a'], 'correct --url'],
    ['an unknown shell', ['completion', 'powershell'], 'Allowed choices'],
  ])('ends with 2 for %s', async (_what, args, sentence) => {
    expect(await cli.run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) })
  })

  it('ends with 4 when nobody is there, and when it is somebody else', async () => {
    const away = `http://127.0.0.1:${await freePort()}`
    const tried = await end(['login', '--url', away, '--key', 'bh_a'])
    expect(tried).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^Trying again: .*\nbackhaul: http.*ECONNREFUSED.*\n$/),
    })
    const { url } = await startMisbehavingService([page(200, '<h1>Router</h1>')])
    expect(await end(['login', '--url', url, '--key', 'bh_a'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is not Backhaul (200)'),
    })
  })

  it('prints addresses in a pipe, and opens them from a terminal', async () => {
    expect(await end(['open'])).toMatchObject({ stdout: `${cli.url}/\n`, browsed: [] })
    expect(await end(['docs'], { isTerminal: true })).toMatchObject({ browsed: [`${cli.url}/docs`] })
  })

  it('completes its own commands', async () => {
    expect((await cli.run('completion', 'bash')).stdout).toContain("' profiles use'")
  })

  it('fits 40 columns, and is coloured only where it is wanted', async () => {
    const narrow = startProgram(['config'], {
      folder: cli.folder,
      env: { HOME: cli.folder, BACKHAUL_URL: `http://a.very.long.name.example.com/${'a'.repeat(80)}` },
      isTerminal: true,
      columns: 40,
    })
    expect(await narrow.ended).toBe(0)
    for (const line of narrow.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  })
})
