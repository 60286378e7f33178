import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, operationsOf } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { startPrometheus } from '#support/servers/prometheus.ts'
import { grafanaDashboards } from '../../scripts/grafana-dashboards.ts'

const rules = fileURLToPath(new URL('../../deploy/prometheus/rules.yml', import.meta.url))
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const queries = [...grafanaDashboards().values()]
  .flatMap((text) => (JSON.parse(text) as { panels: { targets: { expr: string }[] }[] }).panels)
  .flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')))
/** What only is there once something has failed. */
const afterTrouble = /outcome="failed"/

describe.skipIf(embeddedOnly)('Prometheus', () => {
  test('scrapes API and worker, takes the alerts, and answers every query of the dashboards', async ({
    onTestFinished,
  }) => {
    const [origin, receiver] = await Promise.all([startOrigin(), startReceiver()])
    const pair = (await openProcessPair('PostgreSQL'))!
    onTestFinished(async () => void (await Promise.all([pair.dispose(), origin.close(), receiver.close()])))
    const [api, worker] = [await pair.startApi(), await pair.startWorker()]
    const targets = await Promise.all([api, worker].map(async (each) => new URL(await operationsOf(each)).host))
    const prometheus = await startPrometheus(targets, rules)
    onTestFinished(prometheus.stop)
    const ask = async (path: string) => {
      const response = await fetch(`${prometheus.address}/api/v1/${path}`)
      const body = (await response.json()) as { status: string; error?: string; data: unknown }
      expect(body.status, `${path}: ${body.error}`).toBe('success')
      return body.data
    }
    const query = async (expr: string) =>
      ((await ask(`query?query=${encodeURIComponent(expr)}`)) as { result: { value: [number, string] }[] }).result
    await eventually('both are up', async () => (await query('sum(up{job="backhaul"} == 1)'))[0]?.value[1] === '2')

    const { client } = await newTenant(api.url)
    await client.ok('PUT', '/v1/sessions/seen', { configuration: { delegate: { url: receiver.url } } })
    for (const url of [origin.serve('/seen', { bytes: 6 * 1024 * 1024 }), `${origin.url}/missing`])
      await client.ended((await client.ok<{ id: string }>('POST', '/v1/sessions/seen/tasks', { url })).id)
    await eventually('all is told', () => receiver.types().includes('session.events_finished'))
    // It waits, for its begin date.
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const waits = { url: `${origin.url}/seen`, earliestBeginDate: later }
    await client.ok('POST', '/v1/sessions/seen/tasks', waits)
    await eventually(
      'that it waits is counted and scraped',
      async () => (await query('max(backhaul_fleet_waiting_tasks{reason="earliestBeginDate"})'))[0]?.value[1] === '1',
      { withinMs: 120_000 },
    )

    for (const expr of queries) {
      if (afterTrouble.test(expr)) await query(expr)
      else await eventually(`${expr} has a result`, async () => (await query(expr)).length > 0)
    }
    const { groups } = (await ask('rules')) as { groups: { rules: { name: string; health: string }[] }[] }
    for (const { name, health } of groups.flatMap((group) => group.rules)) expect([name, health]).toEqual([name, 'ok'])
    expect(groups.flatMap((group) => group.rules).length).toBeGreaterThan(10)
  })
})
