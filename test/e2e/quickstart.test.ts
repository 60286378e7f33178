import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { readQuickstart, walkQuickstart } from '#support/processes/quickstart.ts'

let folder: string
let origin: Origin
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-quickstart-'))
  origin = await startOrigin()
})
afterAll(async () => {
  await origin.close()
  await rm(folder, { recursive: true, force: true })
})

test('the commands of the quickstart lead to a verified webhook, and the app prints what the text says', async () => {
  const { terminals, shown } = readQuickstart()
  expect(terminals.flat().length).toBeLessThanOrEqual(6)
  const fileUrl = origin.serve('/file', { bytes: 559 })
  const walk = await walkQuickstart({ folder, fileUrl, linkedFrom: resolve('node_modules') })
  const alike = (text: string) => text.replace(/tsk_\w+/, 'tsk_…').replace(fileUrl, 'https://example.com/')
  expect(alike(walk.shown)).toBe(alike(shown))
})
