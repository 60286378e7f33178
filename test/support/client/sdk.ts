import type { AddressInfo } from 'node:net'
import { beforeAll, beforeEach } from 'vitest'
import { Backhaul } from '#sdk/index.ts'
import type { ApiUnderTest, TestTenant } from './api.ts'
import { useApi, useTenant } from './use-api.ts'

/** The API in process, listening, and the SDK's client of a new tenant for each test. */
export interface SdkUnderTest {
  api: ApiUnderTest
  tenant: TestTenant
  url: string
  backhaul: Backhaul
}

export function useSdk(): SdkUnderTest {
  const api = useApi()
  const tenant = useTenant(api)
  const sdk = { api, tenant } as SdkUnderTest
  beforeAll(async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    sdk.url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    sdk.backhaul = new Backhaul({ apiKey: tenant.key, baseUrl: sdk.url })
  })
  return sdk
}
