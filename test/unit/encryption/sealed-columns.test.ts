import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sealedTables } from '#core/encryption/postgres/sealed-columns.ts'

/** Bytes that are hashes. */
const hashes = [
  'api_key.hash',
  'idempotency_key.fingerprint',
  'sign_in.hash',
  'sign_in.operator_digest',
  'sign_in_link.hash',
]

it('every column with encrypted bytes is encrypted anew when the key is rotated', () => {
  const models = readFileSync('prisma/schema.prisma', 'utf8').matchAll(/^model \w+ \{\n(.*?)^\}/gms)
  const columns = [...models].flatMap(([, body = '']) => {
    const table = body.match(/@@map\("(\w+)"\)/)![1]
    const fields = body.matchAll(/^ {2}(\w+) +Bytes\b.*$/gm)
    return [...fields].map(([line, name]) => `${table}.${line.match(/@map\("(\w+)"\)/)?.[1] ?? name}`)
  })
  const known = sealedTables.flatMap(({ table, columns }) => Object.keys(columns).map((column) => `${table}.${column}`))
  expect(columns.toSorted()).toEqual([...known, ...hashes].toSorted())
})
