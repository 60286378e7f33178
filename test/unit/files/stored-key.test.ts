import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientFileKey } from '#core/files/rules/client-file-key.ts'
import { readStoredKey, type StoredKey } from '#core/files/rules/stored-key.ts'
import { mint } from '#core/runtime/crypto.ts'

const [tenantId, taskId] = [mint.id('ten'), mint.id('tsk')]

describe('the key of an object', () => {
  it.each<[string, StoredKey]>([
    [`${tenantId}/tasks/${taskId}/12`, { kind: 'bytes', tenantId, taskId }],
    [`${tenantId}/files/a`, { kind: 'file', tenantId }],
    [`${tenantId}/files/tasks/${taskId}/12`, { kind: 'file', tenantId }],
    ...[
      'probe',
      '',
      'backup/2026.tar',
      `${tenantId}`,
      `${tenantId}/files/`,
      `${tenantId}/tasks/${taskId}`,
      `${tenantId}/tasks/${taskId}/12/x`,
      `${tenantId}/tasks/${taskId}/x`,
      `x/${tenantId}/files/a`,
      `${tenantId.toUpperCase()}/files/a`,
      `ten_1/files/a`,
    ].map((key): [string, StoredKey] => [key, { kind: 'foreign' }]),
  ])('%s says whose it is', (key, owner) => {
    expect(readStoredKey(key)).toEqual(owner)
  })

  it('is a file’s for every key that a client may choose', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const key = clientFileKey(tenantId, name)
        fc.pre(key !== null)
        expect(readStoredKey(key!)).toEqual({ kind: 'file', tenantId })
      }),
    )
  })
})
