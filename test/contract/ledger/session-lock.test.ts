import { expect, it } from 'vitest'
import { lockSession } from '#core/ledger/session-lock.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

it.each([
  [1, 60],
  [2, null],
])('a locked session of defaults %d has the defaults of settings that are newer than it', async (version, latency) => {
  const { id } = await builder.session(undefined, { delegate: { kind: 'pull' }, fileLeaseSeconds: 7 })
  await builder.database.run(
    `update session set defaults_version = $2, configuration = configuration
       - array['retryStatuses', 'contentDecoding', 'resumeWithoutValidator', 'wakeMaximumLatency'] where id = $1`,
    [id, version],
  )
  const { configuration } = await builder.database.transaction((tx) => lockSession(tx, id))
  expect(configuration).toEqual({
    ...defaultConfiguration,
    delegate: { kind: 'pull' },
    fileLeaseSeconds: 7,
    wakeMaximumLatency: latency,
  })
})
