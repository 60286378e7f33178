import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gates } from '#scripts/egress-gate-list.ts'

const root = new URL('../../../', import.meta.url)

// Taking each of them out, to see its tests fail, takes a minute or two: that is `npm run gates`.
describe('the gates of the egress guard', () => {
  it.each(gates)('include $name, which can be taken out', ({ file, line, instead, tests }) => {
    expect(readFileSync(new URL(file, root), 'utf8').split(line)).toHaveLength(2)
    expect(instead).not.toBe(line)
    expect(tests.filter((test) => !existsSync(new URL(test, root)))).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(gates.map(({ name }) => name)).size).toBe(gates.length)
  })
})
