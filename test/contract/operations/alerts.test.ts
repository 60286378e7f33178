import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createInstruments, watchProcess } from '#core/operations/prometheus/instruments.ts'
import { needPrometheus } from '#support/servers/prometheus.ts'

const folder = fileURLToPath(new URL('../../../deploy/prometheus/', import.meta.url))
const runbook = fileURLToPath(new URL('../../../docs/runbook.md', import.meta.url))
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

interface Rule {
  alert: string
  expr: string
  annotations: { runbook: string }
}
const read = (name: string) => readFile(join(folder, name), 'utf8')
const rules = (parse(await read('rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)

describe.skipIf(embeddedOnly)('the alerts, by promtool', () => {
  beforeAll(needPrometheus)

  it('fire and stay quiet as their tests say', async () => {
    const run = promisify(execFile)
    expect((await run('promtool', ['check', 'rules', 'rules.yml'], { cwd: folder })).stdout).toContain('SUCCESS')
    expect((await run('promtool', ['test', 'rules', 'tests.yml'], { cwd: folder })).stdout).toContain('SUCCESS')
  })
})

describe('each alert', () => {
  it('asks only for metrics that there are', async () => {
    const instruments = createInstruments('0')
    watchProcess(instruments)
    const text = await instruments.registry.metrics()
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
    for (const { alert, expr } of rules)
      for (const [name] of expr.matchAll(/\b(backhaul|nodejs)_[a-z0-9_]+/g))
        expect(known, alert).toContain(name.replace(/_(count|bucket|sum)$/, ''))
  })

  it('has a test that it fires and one that it stays quiet, and a section of the runbook', async () => {
    const names = rules.map(({ alert }) => alert)
    const tests = (parse(await read('tests.yml')) as { tests: { name: string }[] }).tests.map(({ name }) => name)
    expect(tests).toEqual(names.flatMap((name) => [`${name} fires`, `${name} stays quiet`]))
    const sections = [...(await readFile(runbook, 'utf8')).matchAll(/^## (\S+)$/gm)].map(([, name]) => name)
    expect(sections).toEqual(names)
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
  })
})
