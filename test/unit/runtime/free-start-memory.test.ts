import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freeStartMemory } from '#core/runtime/free-start-memory.ts'

it('what a start has left and nobody refers to is freed', async () => {
  const left = new WeakRef({ of: 'the start' })
  // A reference that was just made holds its target until the end of the turn.
  await setImmediate()
  expect(left.deref()).toBeDefined()
  await setImmediate()
  await freeStartMemory()
  expect(left.deref()).toBeUndefined()
})
