import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newWorker } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useCli } from '#support/client/cli.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { closeServices, startMisbehavingService } from '../../contract/sdk/misbehaving-service.ts'

const cli = useCli()
let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())
afterEach(closeServices)
const json = async (...args: string[]) => JSON.parse((await cli.run(...args, '--json')).stdout)
const admin = (...args: string[]) => cli.run('admin', ...args, '--key', operatorToken)

describe('a tenant sees', () => {
  it('its keys, and makes and ends some', async () => {
    const created = await cli.run('keys', 'create', 'ci', '--scopes', 'read')
    expect(created.stdout).toMatch(/^bh_[\w-]+\n$/)
    const keys = await json('keys')
    const { id } = keys.find(({ name }: { name: string }) => name === 'ci')
    expect((await cli.run('keys', 'rotate', id)).stdout).toMatch(/^bh_[\w-]+\n$/)
    expect(await cli.run('keys', 'revoke', id)).toMatchObject({ code: 0, stdout: '' })
    expect((await cli.run('keys')).stdout).toMatch(new RegExp(`^${id}\tci\trevoked\tread\t`, 'm'))
    const wrong = await cli.run('keys', 'create', 'ci', '--scopes', 'everything')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('/scopes/0') })
  })

  it('what it has used, and its limits', async () => {
    expect(await cli.run('usage', '--hours')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Nothing was used in that time.\n',
    })
    const usage = await json('usage')
    expect(usage).toMatchObject({ totals: { tasksCreated: 0 } })
    expect(usage.data.length).toBeGreaterThanOrEqual(30)
    expect((await cli.run('usage', '--limits')).stdout).toMatch(/^maximumTasksWaiting\t0\t/m)
  })

  it('its limiter, and how it would be', async () => {
    expect((await cli.run('limiter')).stdout).toMatch(/^Nothing is delayed\.\n/)
    const chain = await cli.run('limiter', '--simulate', '4')
    expect(chain.stdout).toMatch(/^wake 1 .*\nwake 2 .*█\nwake 3 .*█\nwake 4 .*█\n$/)
    await writeFile(join(cli.folder, 'p.json'), '{"pattern": [{"at": 0, "do": "create", "tasks": 2}]}')
    expect((await cli.run('limiter', '--simulate', 'p.json')).stdout).toMatch(/create/)
    expect(await cli.run('limiter', '--simulate', 'no.json')).toMatchObject({ code: 5 })
    await writeFile(join(cli.folder, 'p.json'), '{')
    expect(await cli.run('limiter', '--simulate', 'p.json')).toMatchObject({ code: 2 })
  })

  it('its endpoints and what was sent to them', async () => {
    const { id } = await cli.backhaul.endpoints.create({ kind: 'stream' })
    expect((await cli.run('endpoints')).stdout).toMatch(new RegExp(`^${id}\tenabled\t\\(stream\\)\tall\t`))
    expect((await cli.run('endpoints', 'rotate-secret', id)).stdout).toMatch(/^whsec_/)
    const sent = await json('trigger', 'task.completed', '--endpoint', id)
    expect((await cli.run('deliveries', '--endpoint', id)).stdout).toMatch(
      new RegExp(`^${sent.deliveryId}\tpending\tendpoint\\.test\t`),
    )
    expect(await cli.run('deliveries', 'show', sent.deliveryId)).toMatchObject({ code: 0 })
    expect((await cli.run('deliveries', '--state', 'failed')).stderr).toBe('There are no such deliveries.\n')
    expect(await cli.run('endpoints', 'delete', id)).toMatchObject({ code: 0, stdout: '' })
    expect((await cli.run('endpoints')).stdout).toBe('')
  })
})

describe('a sample of an event', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

  it('reaches a local server, signed with the secret that was given, and leaves nothing behind', async () => {
    const sent = await cli.run('trigger', 'task.completed', '--to', receiver.url, '--secret', secret)
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2\d\d/) })
    expect(receiver.types()).toEqual(['task.completed'])
    receiver.verifyAll(secret)
    expect(await cli.backhaul.endpoints.list().toArray()).toEqual([])
  })

  it('that is not received ends with 1, and with the secret of listen unless another is given', async () => {
    expect(await cli.run('trigger', 'session.wake', '--to', receiver.url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('listen --print-secret'),
    })
    const kept = (await cli.run('listen', '--print-secret')).stdout.trim()
    receiver.respond = () => 500
    expect(await cli.run('trigger', 'session.wake', '--to', receiver.url)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^500/),
    })
    receiver.verifyAll(kept)
    expect((await cli.run('trigger', 'session.wake')).code).toBe(2)
  })
})

describe('an operator', () => {
  it('sees tenants, workers and usage, and changes some of it', async () => {
    const worker = await newWorker(cli.api)
    expect((await admin('workers')).stdout).toMatch(new RegExp(`^${worker}\trunning\t3 of 20\tmachine-1\t`, 'm'))
    expect((await admin('workers', 'drain', worker)).stdout).toBe(`${worker} draining\n`)
    const created = await admin('tenants', 'create', 'new one')
    expect(created.stdout).toMatch(/^bh_[\w-]+\n$/)
    const id = /ten_\w+/.exec(created.stderr)![0]
    expect((await admin('tenants', 'suspend', id)).stdout).toBe(`${id} suspended\n`)
    expect((await admin('tenants', 'activate', id)).stdout).toBe(`${id} active\n`)
    expect((await admin('tenants', '--all')).stdout).toContain(`${id}\tnew one\tactive\t`)
    expect((await admin('usage', '--csv')).stdout).toMatch(/^tenantId,at,/)
    expect((await admin('usage')).code).toBe(0)
  })

  it('gets usage as CSV byte for byte in a pipe, and on a terminal nothing that would steer that', async () => {
    const csv = 'tenantId,at\r\nten_1,\u001b[2J\u001b]0;owned\u0007\r\n'
    const { url } = await startMisbehavingService([
      (response) => response.writeHead(200, { 'content-type': 'text/csv' }).end(csv),
    ])
    const env = { BACKHAUL_URL: url, BACKHAUL_OPERATOR_TOKEN: operatorToken }
    const piped = cli.start(['admin', 'usage', '--csv'], { env })
    await piped.ended
    expect(piped.stdout()).toBe(csv)
    const shown = cli.start(['admin', 'usage', '--csv'], { env, isTerminal: true })
    await shown.ended
    expect(shown.stdout()).toBe('tenantId,at\nten_1,\ufffd[2J\ufffd]0;owned\ufffd\n')
  })

  it('has a token of its own', async () => {
    expect(await cli.run('admin', 'tenants')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('BACKHAUL_OPERATOR_TOKEN'),
    })
  })
})
