import { describe, expect, it } from 'vitest'
import { batchesOf } from '#sdk/rules/batches.ts'
import { path } from '#sdk/rules/path.ts'
import { queryString } from '#sdk/rules/query.ts'

describe('the path of a request', () => {
  it('has what was given, encoded', () => {
    expect(path`/v1/hosts/${'a/b?c'}`).toBe('/v1/hosts/a%2Fb%3Fc')
    expect(path`/v1/a/${'1'}/b/${'…2'}/c`).toBe('/v1/a/1/b/%E2%80%A62/c')
  })
  it.each(['', '.', '..', undefined as unknown as string])('is never made of %j, which would be another one', (id) => {
    expect(() => path`/v1/tasks/${id}/cancel`).toThrow(TypeError)
  })
})

describe('a query', () => {
  it.each([
    [undefined, ''],
    [{ state: undefined }, ''],
    [{ limit: 5, state: 'a b' }, '?limit=5&state=a+b'],
    [{ metadata: { 'order id': '1&2' }, wait: 0 }, '?metadata%5Border+id%5D=1%262&wait=0'],
  ])('%j is %j', (query, text) => expect(queryString(query)).toBe(text))
})

describe('batches', () => {
  const sizes = async (texts: string[]) => {
    const found: number[] = []
    for await (const { body, count } of batchesOf(texts)) {
      expect(JSON.parse(body).tasks).toHaveLength(count)
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4 * 1024 * 1024)
      found.push(count)
    }
    return found
  }
  it('hold a thousand at most, in order', async () => {
    expect(await sizes([])).toEqual([])
    expect(await sizes(Array(1000).fill('{}'))).toEqual([1000])
    expect(await sizes(Array(2001).fill('{}'))).toEqual([1000, 1000, 1])
  })
  it('hold four MiB at most, whatever their letters are', async () => {
    const large = JSON.stringify({ url: 'ö'.repeat(6_000) })
    expect(await sizes(Array(700).fill(large))).toEqual([349, 349, 2])
  })
})
