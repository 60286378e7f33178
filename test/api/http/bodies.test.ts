import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiUnderTest } from '#support/client/api.ts'
import { type OperationUnderTest, openOperations, rightBodies } from './every-operation.ts'
import { invalidBodies } from './invalid-bodies.ts'

let api: ApiUnderTest
let operations: OperationUnderTest[]
beforeAll(async () => {
  const opened = await openOperations()
  api = opened.api
  operations = opened.operations
})
afterAll(() => api.close())

/** Everything that a request could have left behind. */
async function everything(): Promise<unknown> {
  const tables = ['tenant', 'api_key', 'session', 'task', 'endpoint', 'wake', 'event', 'delivery', 'recovery']
  // But for when a key was last used, which is written some time later.
  const row = "(to_jsonb(t) - 'last_used_at')::text"
  const sums = tables.map((table) => `(select md5(string_agg(${row}, ',' order by id)) from ${table} t) as ${table}`)
  return api.database.first(`select ${sums.join(', ')}`)
}

describe('every field of every body', () => {
  it('has a right body to start from', () => {
    const withBody = operations.filter(({ $ref }) => $ref !== undefined).map(({ name }) => name)
    expect(withBody.toSorted()).toEqual(Object.keys(rightBodies).toSorted())
  })

  it.each(Object.keys(rightBodies))(
    'of %s is refused with a pointer when it is wrong, and nothing changes',
    async (name) => {
      const { method, path, key, $ref } = operations.find((operation) => operation.name === name)!
      const before = await everything()
      let tried = 0
      for (const { pointer, body, why } of invalidBodies(api.document, $ref!, rightBodies[name]!)) {
        const { status, json } = await api.call(method, path, { key, body })
        expect(status, `${pointer} ${why}`).toBe(400)
        expect(json.code).toBe('invalid_request')
        expect(
          json.errors.map((error: { pointer: string }) => error.pointer),
          why,
        ).toContain(pointer)
        tried += 1
      }
      expect(tried).toBeGreaterThan(0)
      expect(await everything()).toEqual(before)
    },
  )
})
