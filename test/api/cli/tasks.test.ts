import { beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { finish } from '#support/builders/api-fixtures.ts'
import { useCli } from '#support/client/cli.ts'

const cli = useCli()
const url = 'https://origin.example.com/data.bin'
beforeEach(() => cli.backhaul.sessions.open('s', { configuration: { delegate: { kind: 'pull' } } }))
const create = (more: object = {}) => cli.backhaul.tasks.create('s', { url, ...more }).then(({ id }) => id)
const json = async (...args: string[]) => JSON.parse((await cli.run(...args, '--json')).stdout)

describe('tasks', () => {
  it('are listed for people, for pipes and for programs', async () => {
    const first = await create()
    const second = await create({ suspended: true })
    const piped = await cli.run('ls')
    expect(piped.stdout.split('\n').map((line) => line.split('\t').slice(0, 2))).toEqual([
      [second, 'suspended'],
      [first, 'waiting'],
      [''],
    ])
    expect(await json('ls', 's', '--state', 'suspended')).toMatchObject([{ id: second }])
    expect(await json('ls', '--host', 'other.example.com')).toEqual([])
    const limited = await cli.run('ls', '--limit', '1')
    expect(limited.stdout).toContain(second)
    expect(limited.stderr).toContain('--limit or --all shows more')
    const narrow = cli.start(['ls'], { isTerminal: true, columns: 40 })
    expect(await narrow.ended).toBe(0)
    expect(narrow.stdout()).toMatch(/^TASK .*STATE/)
    for (const line of narrow.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  })

  it('are shown with what matters, or with all that happened to them', async () => {
    const id = await create()
    await finish(cli.api, cli.tenant, id)
    const shown = await cli.run('show', id)
    expect(shown.stdout).toMatch(/^task +tsk_\w+\nstate +completed\nsession +s\nurl +https:.*\nsize +9 B\n/)
    expect((await cli.run('show', id, '--timeline')).stdout).toMatch(/Z {2}created .*\n.*Z {2}completed /s)
    expect(await json('show', id)).toMatchObject({ id, state: 'completed' })
  })

  it('say why they wait', async () => {
    const id = await create({ earliestBeginDate: new Date(Date.now() + 3_600_000).toISOString() })
    const why = await cli.run('why', id)
    expect(why).toMatchObject({ code: 0, stderr: '' })
    expect(why.stdout).toMatch(/^It is not to begin yet, until .* \(in 1 h\): its earliestBeginDate has not come\.\n/)
    expect(await json('why', id)).toMatchObject({
      taskId: id,
      state: 'waiting',
      sentences: [expect.any(String), expect.any(String), expect.any(String)],
    })
  })

  it('are suspended, resumed, canceled and begun again', async () => {
    const id = await create()
    expect(await cli.run('suspend', id)).toMatchObject({ code: 0, stdout: `${id}\n` })
    expect((await cli.backhaul.tasks.get(id)).state).toBe('suspended')
    await cli.run('resume', id, '--new-url', `${url}?renewed`)
    expect(await cli.backhaul.tasks.get(id)).toMatchObject({
      state: 'waiting',
      currentRequest: { url: `${url}?renewed` },
    })
    expect(await json('cancel', id, '--keep')).toMatchObject([{ id, state: 'canceled' }])
    const again = await cli.run('retry', id)
    expect(again.stdout).toMatch(/^tsk_\w+\n$/)
    expect(again.stderr).toContain('takes its place')
  })

  it('that cannot be changed are told one by one, and the others are changed', async () => {
    const id = await create()
    const gone = 'tsk_00000000000000000000000000'
    const both = await cli.run('suspend', gone, id)
    expect(both).toMatchObject({ code: 3, stdout: `${id}\n` })
    expect(both.stderr).toContain(`backhaul: ${gone}: `)
    expect(both.stderr).toMatch(/1 of 2 tasks are as they were\.\n$/)
  })

  it.each([
    ['show', 'abc'],
    ['why', 'abc'],
    ['cancel', 'abc'],
    ['retry', 'abc'],
    ['resume', 'abc'],
    ['suspend', '..'],
  ])('%s says that %s is no id, before anything is done', async (verb, text) => {
    expect(await cli.run(verb, text)).toEqual({
      code: 2,
      stdout: '',
      stderr: `backhaul: "${text}" is no id of a task: they are like tsk_…, and \`backhaul ls\` lists them.\n`,
    })
  })

  it('are not changed when one of them is no id', async () => {
    const id = await create()
    expect((await cli.run('suspend', id, 'abc')).code).toBe(2)
    expect((await cli.backhaul.tasks.get(id)).state).toBe('waiting')
  })

  it.each([
    [['deliveries', 'show', 'abc'], 'delivery'],
    [['endpoints', 'delete', 'abc'], 'endpoint'],
    [['keys', 'revoke', 'tsk_01'], 'key'],
    [['admin', 'tenants', 'suspend', 'abc'], 'tenant'],
    [['admin', 'workers', 'drain', 'abc'], 'worker'],
  ])('are not alone: %j is refused as well', async (args, kind) => {
    expect(await cli.run(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`is no id of a ${kind}: `),
    })
  })
})

describe('sessions and hosts', () => {
  it('are listed, shown and ended', async () => {
    await create({ suspended: true })
    expect((await cli.run('sessions')).stdout).toMatch(/^s\tactive\t1\t0\t0\t0\t/)
    expect(await json('sessions', 'show', 's')).toMatchObject({ identifier: 's' })
    expect(await cli.run('sessions', 'end', 's', '--cancel')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(finishing|invalidated)\n$/),
    })
  })

  it('of tasks that wait are told of without being named', async () => {
    expect((await cli.run('hosts')).stderr).toContain('name one')
    await create()
    expect((await cli.run('hosts')).stdout).toMatch(/^origin\.example\.com\thealthy\t/)
    expect(await json('hosts', 'Origin.example.com')).toMatchObject([{ host: 'origin.example.com' }])
    expect(await cli.run('hosts', 'other.example.com')).toMatchObject({ code: 3, stdout: '' })
  })
})

describe('what happens live', () => {
  it('is told by events tail until it is ended, and goes on behind a cursor', async () => {
    const done = await create()
    await finish(cli.api, cli.tenant, done)
    const tail = cli.start(['events', 'tail', 's', '--after', 'start', '--json'])
    const lines = () =>
      tail
        .stdout()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    await eventually('the past is told', () => lines().some(({ type }) => type === 'task.completed'))
    await cli.backhaul.tasks.cancel(await create())
    await eventually('what happens is told', () => lines().filter(({ type }) => type === 'task.completed').length === 2)
    tail.interrupt()
    expect(await tail.ended).toBe(0)
    const text = await cli.run('events', 'list', '--type', 'task.completed', '--session', 's', '--task', done)
    expect(text.stdout).toMatch(new RegExp(`^\\S+Z {2}task\\.completed +s +${done} completed\n$`))
    const tailOfTask = await cli.run('logs', done)
    expect(tailOfTask).toMatchObject({ code: 2, stdout: '' })
    expect(tailOfTask.stderr).toContain(`\`backhaul events list --task ${done}\` lists what happened to it.`)
  })

  it('is watched with counts that are right when nothing happens any more', async () => {
    const ids = [await create(), await create()]
    const watch = cli.start(['watch', 's'], { isTerminal: true, columns: 100 })
    await eventually('the totals are drawn', () => watch.stderr().includes('nothing runs · 2 waiting'))
    for (const id of ids) await cli.backhaul.tasks.cancel(id)
    await eventually('both are counted', () => watch.stderr().trimEnd().endsWith('nothing runs · 2 canceled'))
    watch.interrupt()
    expect(await watch.ended).toBe(0)
  })

  it('is watched: a line for each task that ends, and totals on the terminal', async () => {
    const id = await create()
    const watch = cli.start(['watch'], { isTerminal: true, columns: 100 })
    await eventually('the totals are drawn', () => watch.stderr().includes('nothing runs · 1 waiting'))
    await eventually('the stream is open and tells of the end', async () => {
      const task = await cli.backhaul.tasks.get(id)
      if (task.endedAt === null) await finish(cli.api, cli.tenant, id)
      else await cli.backhaul.tasks.cancel(await create())
      return watch.stdout().split('\n').length > 1
    })
    watch.interrupt()
    expect(await watch.ended).toBe(0)
    expect(watch.stdout()).toMatch(/^tsk_\w+ {2}(completed|canceled) {1,2} .* {2}https:/)
  })
})
