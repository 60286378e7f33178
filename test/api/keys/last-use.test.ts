import { expect, it } from 'vitest'
import { openApi } from '#support/client/api.ts'

it('a request writes nothing for the last use of its key; a process that ends writes them', async ({
  onTestFinished,
}) => {
  const first = await openApi()
  onTestFinished(() => first.close())
  const tenant = await first.tenant()
  const uses: number[] = []
  const { noteUses } = first.stores.keys
  Object.assign(first.stores.keys, {
    noteUses: (all: Parameters<typeof noteUses>[0]) => {
      uses.push(all.length)
      return noteUses(all)
    },
  })
  for (let n = 0; n < 5; n++) await tenant.call('GET', '/v1/tasks')
  expect(uses).toEqual([])
  await first.app.close()
  expect(uses).toEqual([1])
  const [key] = (await first.stores.keys.listApiKeys(tenant.id, { limit: 1, cursor: undefined }))!.data
  expect(Math.abs(Date.now() - key!.lastUsedAt!.getTime())).toBeLessThan(60_000)
})
