import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { LimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { openStoreBuilder, type StoreBuilder } from './store-builder.ts'

/** The stores for all tests of a file (or of the `describe` that it is called in), opened before the first and closed behind the last. */
export function useStore(policy?: LimiterPolicy): StoreBuilder {
  const builder = {} as StoreBuilder
  beforeAll(async () => void Object.assign(builder, await openStoreBuilder(policy)))
  afterAll(() => builder.close?.())
  return builder
}

/** The stores for each test, for tests that other tests' rows would disturb. */
export function useStorePerTest(policy?: LimiterPolicy): StoreBuilder {
  const builder = {} as StoreBuilder
  beforeEach(async () => void Object.assign(builder, await openStoreBuilder(policy)))
  afterEach(() => builder.close?.())
  return builder
}
