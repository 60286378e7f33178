import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const timeline = async (id: string, query = '') => (await tenant.call('GET', `/v1/tasks/${id}/timeline${query}`)).json

describe('the timeline', () => {
  it('tells everything from the creation to the file, oldest first', async () => {
    const session = await newSession(tenant)
    const id = await newTask(tenant, session, {
      suspended: true,
      url: 'https://origin.example.com/data.bin?token=secret',
    })
    await tenant.call('POST', `/v1/tasks/${id}/resume`)
    await finish(api, tenant, id)
    await tenant.call('POST', `/v1/tasks/${id}/file/keep`)
    const { data, nextCursor, omittedSteps } = await timeline(id)
    const kinds = data.map(({ kind }: { kind: string }) => kind).filter((kind: string) => kind !== 'requested')
    expect(kinds.filter((kind: string) => kind !== 'due')).toEqual([
      'created',
      'resumed',
      'dispatched',
      'began',
      'completed',
      'event',
      'event',
      'fileKept',
    ])
    expect([nextCursor, omittedSteps]).toEqual([null, 0])
    expect(JSON.stringify(data)).not.toContain('secret')
  })

  it('comes in pages', async () => {
    const id = await newTask(tenant, await newSession(tenant))
    await finish(api, tenant, id)
    const { data: all } = await timeline(id)
    const first = await timeline(id, '?limit=2')
    const rest = await timeline(id, `?cursor=${first.nextCursor}`)
    expect([...first.data, ...rest.data]).toEqual(all)
    expect((await tenant.call('GET', `/v1/tasks/${id}/timeline?cursor=abc`)).status).toBe(400)
  })

  it('is not there for a task that is not', async () => {
    expect((await tenant.call('GET', `/v1/tasks/${api.deps.mint.id('tsk')}/timeline`)).status).toBe(404)
  })
})
