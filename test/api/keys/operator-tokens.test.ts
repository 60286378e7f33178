import { expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi({ adminTokens: ['the-next-token', operatorToken, 'the-token-before'] })

it('each of several operator tokens is valid, and nothing that is made of them', async () => {
  const status = async (key: string) => (await api.call('GET', '/v1/admin/tenants', { key })).status
  for (const key of ['the-next-token', operatorToken, 'the-token-before']) expect(await status(key), key).toBe(200)
  for (const key of [`the-next-token,${operatorToken}`, 'the-next-toke', 'the-next-token,', ',', 'The-Next-Token'])
    expect(await status(key), key).toBe(401)
})
