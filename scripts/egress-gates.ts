/**
 * `npm run gates`: takes the gates of the egress guard out, one at a time, and expects its tests to notice. Nothing is
 * written: the code is changed on its way into the tests. Arguments: words that the names of the wanted gates contain.
 */
import { readFileSync } from 'node:fs'
import { startVitest } from 'vitest/node'
import { type Gate, gates } from './egress-gate-list.ts'

const root = new URL('../', import.meta.url)
const words = process.argv.slice(2)
const wanted = gates.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))

const lost = wanted.filter(({ file, line }) => readFileSync(new URL(file, root), 'utf8').split(line).length !== 2)
for (const { name, file, line } of lost) console.log(`${name}: not found once in ${file}: ${line}`)
if (lost.length > 0) process.exit(1)

const startedMs = Date.now()
const broken = await firstFailure([...new Set(wanted.flatMap(({ tests }) => tests))], null)
if (broken !== null) console.log(`With all checks in place, this test fails: ${broken}`)
let unnoticed = 0
for (const gate of wanted) {
  const noticed = await firstFailure(gate.tests, gate)
  console.log(noticed === null ? `NOT NOTICED: ${gate.name}` : `${gate.name}: ${noticed}`)
  if (noticed === null) unnoticed += 1
}
console.log(`${wanted.length} checks, ${unnoticed} not noticed, ${Math.round((Date.now() - startedMs) / 1000)} s`)
process.exit(broken !== null || unnoticed > 0 ? 1 : 0)

/** The name of a failing test, or null. */
async function firstFailure(tests: string[], gate: Gate | null): Promise<string | null> {
  const vitest = await startVitest(
    'test',
    [],
    {
      config: false,
      watch: false,
      fsModuleCache: false,
      include: tests,
      bail: 1,
      maxWorkers: 1,
      testTimeout: 30_000,
      reporters: [{}],
    },
    { plugins: gate ? [without(gate)] : [] },
  )
  const modules = vitest.state.getTestModules()
  const failed = modules.flatMap((module) => [...module.children.allTests('failed')])
  // A file that failed to load does not count as a test that noticed the missing check.
  const errors = modules.flatMap((module) => module.errors())
  await vitest.close()
  if (errors.length > 0 || modules.length !== tests.length)
    throw new Error('a test file did not run', { cause: errors })
  return failed[0]?.fullName ?? null
}

function without({ file, line, instead }: Gate) {
  return {
    name: 'without-a-gate',
    enforce: 'pre' as const,
    transform: (code: string, id: string) => (id.endsWith(file) ? code.replace(line, () => instead) : null),
  }
}
