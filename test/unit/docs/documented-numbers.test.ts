import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { attemptDelaysSeconds, bodyTimeoutMs, deliveryTimeoutMs } from '#core/deliveries/rules/retry-schedule.ts'
import { bytesInFlightPerTenant, connectionsPerHost, discretionaryShare } from '#core/dispatch/rules/capacity.ts'
import { longestClaimMs } from '#core/dispatch/rules/locked-elsewhere.ts'
import { defaultEndpointHealthPolicy as health } from '#core/endpoints/rules/endpoint-health.ts'
import { recoveryDays } from '#core/recoveries/rules/recovery-range.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { resumeDataHours } from '#core/tasks/rules/resume-data.ts'
import { acquisitionsPerHour } from '#core/wakes/rules/foreground-quota.ts'
import { wakeDeadlineSeconds, wakeMaximumSeconds } from '#core/wakes/rules/wake.ts'
import { defaultBudgetBytes } from '#transfer/bytes/memory-budget.ts'
import { maxRedirects } from '#transfer/egress/rules/redirect.ts'

const text = (file: string) =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
const root = fileURLToPath(new URL('../../..', import.meta.url))
const roomDocuments = globSync('packages/*/{src/**/,}README.md', { cwd: root })
/** Of the document; what a room is about stands in its README. */
const documented = (name: string) =>
  name === 'ARCHITECTURE' ? ['ARCHITECTURE.md', ...roomDocuments].map(text).join(' ') : text(name)
const numberIn = (file: string, pattern: RegExp) => Number(pattern.exec(text(file))?.[1])
const laneCap = numberIn('prisma/schema.prisma', /model Lane \{.*? cap Int @default\((\d+)\)/)
const batchLength = numberIn('packages/core/src/deliveries/send-delivery-lane.ts', /batchLength = (\d+)/)
const watchdogSeconds = numberIn('apps/worker/src/watchdog.ts', /afterSeconds = (\d+)/)

it.each<[string, RegExp, number]>([
  ['docs/guide/scheduling.md', /one of the tenant's (\d+) tasks in flight/, laneCap],
  ['ARCHITECTURE', /cap \((\d+) in flight\)/, laneCap],
  ['CHANGELOG.md', /(\d+) tasks and 64 GiB of expected bytes in flight per tenant/, laneCap],
  ['docs/guide/scheduling.md', /that bring the (\d+) GiB it may expect at once/, bytesInFlightPerTenant / 2 ** 30],
  ['ARCHITECTURE', /expected bytes \((\d+) GiB;/, bytesInFlightPerTenant / 2 ** 30],
  ['docs/guide/scheduling.md', /or one of the (\d+) of all tenants/, connectionsPerHost],
  ['ARCHITECTURE', /its host \((\d+) over all tenants/, connectionsPerHost],
  [
    'docs/guide/scheduling.md',
    /`httpMaximumConnectionsPerHost` \((\d+)\)/,
    defaultConfiguration.httpMaximumConnectionsPerHost,
  ],
  ['docs/guide/scheduling.md', /begins while less than (\d+) % of a worker's slots/, discretionaryShare * 100],
  ['ARCHITECTURE', /Discretionary tasks fill (\d+) %/, discretionaryShare * 100],
  ['ARCHITECTURE', /has found locked for (\d+) ms/, longestClaimMs],
  ['ARCHITECTURE', /an attempt ahead for up to (\d+) deliveries/, batchLength],
  ['CHANGELOG.md', /up to (\d+) events of a session/, batchLength],
  ['ARCHITECTURE', /`memory-budget.ts`, (\d+) MiB/, defaultBudgetBytes / 2 ** 20],
  ['docs/guide/webhooks.md', /Answer within (\d+) s/, deliveryTimeoutMs / 1000],
  ['docs/guide/walk-through.md', /tried (\d+) times over three days/, attemptDelaysSeconds.length],
  ['ARCHITECTURE', /\((\d+) attempts over 75 h 35 min/, attemptDelaysSeconds.length],
  ['ARCHITECTURE', /a question or a challenge may take all of the (\d+) s/, deliveryTimeoutMs / 1000],
  ['docs/guide/deliveries.md', /in growing pauses of up to (\d+) minutes/, health.probeCapMs / 60_000],
  ['docs/guide/walk-through.md', /nobody completes expires after (\d+) minutes/, wakeDeadlineSeconds / 60],
  ['ARCHITECTURE', /extends its wake, to (\d+) hours at most/, wakeMaximumSeconds / 3600],
  ['docs/guide/deliveries.md', /at most (\d+) days back/, recoveryDays],
  ['docs/guide/limiter.md', /at most (\d+) times an hour/, acquisitionsPerHour],
  [
    'docs/guide/delegate-decisions.md',
    /The task waits for `decisionTimeout` \((\d+) s\)/,
    defaultConfiguration.decisionTimeout,
  ],
  ['ARCHITECTURE', /may keep its parts for (\d+) hours/, resumeDataHours],
  ['ARCHITECTURE', /(\d+) redirects/, maxRedirects],
  ['docs/operations.md', /event loop is blocked for (\d+) s is ended/, watchdogSeconds],
  ['ARCHITECTURE', /is ended by its watchdog after (\d+) s/, watchdogSeconds],
])('%s and the code agree on %s', (document, pattern, inCode) => {
  expect(pattern.exec(documented(document))?.[1]).toBe(String(inCode))
})

it('a body is waited for only a second, as the documents say', () => {
  expect(documented('ARCHITECTURE')).toContain('A body is waited for only a second')
  expect(bodyTimeoutMs).toBe(1_000)
})
