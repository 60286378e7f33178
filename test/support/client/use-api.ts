import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { ApiDeps } from '#api/deps.ts'
import { type ApiUnderTest, openApi, type TestTenant } from './api.ts'

/** The API for all tests of a file, opened before the first and closed behind the last. */
export function useApi(overrides: Partial<ApiDeps> = {}): ApiUnderTest {
  const api = {} as ApiUnderTest
  beforeAll(async () => void Object.assign(api, await openApi(overrides)))
  afterAll(() => api.close?.())
  return api
}

/** Creates a new tenant for each test. */
export function useTenant(api: ApiUnderTest): TestTenant {
  const tenant = {} as TestTenant
  beforeEach(async () => void Object.assign(tenant, await api.tenant()))
  return tenant
}
