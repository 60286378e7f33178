import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { type CliRun, useCli } from '#support/client/cli.ts'

const cli = useCli()
const url = 'https://origin.example.com/data.bin'

/** The ids of the tasks that the program has made, once there are so many. */
const created = (count = 1) =>
  eventually('the tasks are there', async () => {
    const tasks = await cli.backhaul.tasks.list().toArray()
    return tasks.length >= count && tasks.map(({ id }) => id)
  })
async function end(run: CliRun) {
  return { code: await run.ended, stdout: run.stdout(), stderr: run.stderr() }
}
/** The tenant is woken, so that what it creates now waits for the limiter. */
async function woken(): Promise<void> {
  const session = await newSession(cli.tenant, { delegate: { url: 'https://hooks.example.com/' } })
  await finish(cli.api, cli.tenant, await newTask(cli.tenant, session))
  await cli.api.stores.wakes.openWakes()
}
const at = (name: string) => join(cli.folder, name)
const listed = () => readdir(cli.folder)

describe('backhaul get', () => {
  it('fetches a URL, saves the file under the name that its origin says, and prints the path', async () => {
    const run = cli.start(['get', url])
    const [id] = await created()
    await finish(cli.api, cli.tenant, id!)
    const { code, stdout } = await end(run)
    expect([code, stdout]).toEqual([0, `${at('naïve _name_.html')}\n`])
    expect(await readFile(at('naïve _name_.html'), 'utf8')).toBe('the bytes')
    expect(await listed()).toEqual(['naïve _name_.html'])
  })

  it('gives the service what was said of the file, in the session that was named', async () => {
    const sha256 = 'AB'.repeat(32)
    const args = [
      'get',
      'origin.example.com/a',
      '--session',
      'mine',
      '--sha256',
      sha256,
      '-H',
      'X-Token: secret',
      '--not-before',
      '+1h',
      '--detach',
    ]
    const { code, stdout, stderr } = await end(cli.start(args))
    expect(code).toBe(0)
    expect(stderr).toContain('The session mine is new')
    const task = await cli.backhaul.tasks.get(stdout.trim())
    expect(task).toMatchObject({
      sessionIdentifier: 'mine',
      originalRequest: { url: 'https://origin.example.com/a', headers: { 'X-Token': '•••' } },
    })
    expect(Date.parse(task.earliestBeginDate!) - Date.now()).toBeGreaterThan(3_500_000)
  })

  it('detaches, and saves later what it has started', async () => {
    const detached = await end(cli.start(['get', url, '--detach', '--json']))
    const [{ taskId }] = JSON.parse(detached.stdout)
    await finish(cli.api, cli.tenant, taskId)
    const saved = await end(cli.start(['get', taskId, '-o', 'my.bin', '--json']))
    expect(JSON.parse(saved.stdout)).toEqual({
      taskId,
      url,
      path: at('my.bin'),
      bytes: 9,
      resumedAt: 0,
      checksum: 'crc32',
    })
  })

  it('never replaces a file unless it is forced to, and looks before it asks the service', async () => {
    await writeFile(at('mine'), 'precious')
    const refused = await end(cli.start(['get', url, '-o', 'mine']))
    expect(refused).toEqual({
      code: 5,
      stdout: '',
      stderr: `backhaul: ${at('mine')} exists already: give another path with -o, or --force to replace it.\n`,
    })
    expect(await cli.backhaul.tasks.list().toArray()).toEqual([])
    const run = cli.start(['get', url, '-o', 'mine', '--force'])
    await finish(cli.api, cli.tenant, (await created())[0]!)
    expect((await end(run)).code).toBe(0)
    expect(await readFile(at('mine'), 'utf8')).toBe('the bytes')
  })

  it('says how to get a file for which the place is taken when it comes', async () => {
    const run = cli.start(['get', url])
    const [id] = await created()
    await writeFile(at('naïve _name_.html'), 'precious')
    await finish(cli.api, cli.tenant, id!)
    const { code, stderr } = await end(run)
    expect(code).toBe(5)
    expect(stderr).toContain(`\`backhaul get ${id}\` goes on from there`)
    expect(await readFile(at('naïve _name_.html'), 'utf8')).toBe('precious')
  })

  it('saves several into a folder that it makes, tells of each that fails, and ends with 1', async () => {
    const run = cli.start(['get', `${url}?1`, `${url}?2`, '-o', 'mirror/'])
    const [first, second] = await created(2)
    await cli.backhaul.tasks.cancel(first!)
    await finish(cli.api, cli.tenant, second!)
    const { code, stdout, stderr } = await end(run)
    expect(code).toBe(1)
    expect(stdout).toBe(`${at('mirror/naïve _name_.html')}\n`)
    expect(stderr).toContain(`was canceled: \`backhaul retry ${first}\``)
    expect(stderr).toMatch(/1 of 2 files are not here\.\n$/)
  })

  it('leaves the task running when it is interrupted, and says how to find it again', async () => {
    const run = cli.start(['get', url])
    const [id] = await created()
    run.interrupt()
    const { code, stdout, stderr } = await end(run)
    expect([code, stdout]).toEqual([130, ''])
    expect(stderr).toContain(`Interrupted; the service goes on. \`backhaul get ${id}\` saves what is fetched`)
    expect((await cli.backhaul.tasks.get(id!)).endedAt).toBeNull()
  })

  it('draws on a terminal how far it is, and nothing of it stays', async () => {
    const run = cli.start(['get', url, '-o', 'f'], { isTerminal: true, columns: 40 })
    const [id] = await created()
    await eventually('it is drawn', () => /f {2}waiting {2}/.test(run.stderr()))
    await finish(cli.api, cli.tenant, id!)
    const { code, stderr } = await end(run)
    expect(code).toBe(0)
    const up = '\u001b[1A\u001b[0J'
    const drawn = stderr
      .replaceAll(up, '')
      .split('\n')
      .filter((line) => line.startsWith('f  '))
    for (const line of drawn) expect(line.length).toBeLessThan(40)
    expect(stderr.endsWith(up)).toBe(true)
  })

  it('says at once what the wake limiter holds back, and lets it through when a user is looking', async () => {
    await woken()
    const run = cli.start(['get', url, '-o', 'f'])
    const [id] = await created()
    await eventually('it is said', () => run.stderr().includes('waits.'))
    expect(run.stderr()).toMatch(
      /^f waits\. The wake limiter holds it back, .*`backhaul get --foreground` takes one\./m,
    )
    const impatient = cli.start(['get', id!, '--foreground', '-o', 'g'])
    await eventually('it is let through', async () =>
      (await cli.backhaul.tasks.get(id!)).waitingFor.every(({ reason }) => reason !== 'wakeLimiter'),
    )
    for (const waiting of [run, impatient]) {
      waiting.interrupt()
      expect(await waiting.ended).toBe(130)
    }
    expect((run.stderr().match(/The wake limiter/g) ?? []).length).toBe(1)
  })

  it('says nothing but data with --quiet', async () => {
    const run = cli.start(['get', url, '-q', '-o', 'f'], { isTerminal: true })
    await finish(cli.api, cli.tenant, (await created())[0]!)
    expect(await end(run)).toEqual({ code: 0, stdout: `${at('f')}\n`, stderr: '' })
  })

  it.each([
    ['no URL', ['get'], 2, 'missing required argument'],
    ['what is no URL', ['get', 'ftp://a/b'], 2, '"ftp://a/b" is no http or https URL'],
    ['a checksum of two files', ['get', 'a.example/a', 'a.example/b', '--sha256', 'a'.repeat(64)], 2, 'one URL'],
    ['a checksum that is none', ['get', 'a.example', '--sha256', 'abc'], 2, '64 hexadecimal digits'],
    ['waiting and not waiting', ['get', 'a.example', '--wait', '--detach'], 2, 'cannot be used with'],
    ['stdout', ['get', 'a.example', '-o', '-'], 2, 'give a file to -o'],
    ['a folder that is missing', ['get', 'a.example', '-o', 'no/f'], 5, 'create the folder first'],
    ['an address that the service refuses', ['get', 'https://a:b@a.example/'], 3, 'user name or password'],
    ['a task that is not there', ['get', 'tsk_00000000000000000000000000'], 3, 'Check the address'],
  ])('ends with a sentence for %s', async (_what, args, code, sentence) => {
    await mkdir(at('empty'))
    const { stdout, stderr, ...ended } = await end(cli.start(args))
    expect([ended.code, stdout]).toEqual([code, ''])
    expect(stderr).toContain(sentence)
    expect(await listed()).toEqual(['empty'])
  })
})
