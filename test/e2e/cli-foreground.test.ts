import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { startCli } from './cli-process.ts'
import { useCliUser } from './cli-user.ts'

const user = useCliUser()
const withinMs = 60_000

test('a file that the wake limiter holds back comes at once when a user is looking', async () => {
  const receiver = await startReceiver()
  const { client, origin } = user
  await client.ok('PUT', '/v1/sessions/woken', { configuration: { delegate: { url: receiver.url } } })
  await client.ok('POST', '/v1/sessions/woken/tasks', { url: origin.serve('/first', { bytes: 10 }) })
  const isWoken = () => receiver.posts.some(({ event }) => event.type === 'session.events_finished')
  await eventually('the wake is over', isWoken, { withinMs })

  const url = origin.serve('/held', { bytes: 1000 })
  const patient = startCli(['get', url, '-o', 'patient'], user.env, user.here)
  await eventually('it is held', () => patient.stderr().includes('The wake limiter holds it back'), { withinMs })
  expect(origin.requests.filter(({ path }) => path === '/held')).toEqual([])
  const [taskId] = /tsk_\w+/.exec((await user.run(['ls', '--state', 'waiting', '--json'])).stdout) ?? []

  const impatient = await user.run(['get', taskId!, '--foreground', '-o', 'impatient'])
  expect(impatient.code).toBe(0)
  expect(await patient.ended).toBe(0)
  for (const name of ['patient', 'impatient'])
    expect((await readFile(join(user.here, name))).equals(origin.content('/held'))).toBe(true)
  await receiver.close()
})
