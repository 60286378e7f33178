/** `npm test`: every check, then every test. The last line is the count, for people and for CI. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const usage = `Usage: npm test                    the checks of \`npm run check\`, then all tests
       npm test -- <vitest arguments>   only these tests, without the checks, e.g. npm test -- --project unit

Suites that need Redis or S3 take the first they find: TEST_REDIS_URL and TEST_S3_ENDPOINT, a Docker engine, programs on
the PATH, Debian packages (installed when root). BACKHAUL_TEST_EMBEDDED_ONLY=1 leaves those suites out.`

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(usage)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'backhaul-test-report-'))
// The tests start hundreds of processes, which load the same modules: compiled once, they start in two thirds of the time.
const env = { NODE_COMPILE_CACHE: join(folder, 'compile-cache'), ...process.env }
const run = (command: string, ...given: string[]): boolean =>
  spawnSync(command, given, { stdio: 'inherit', env }).status === 0

const checked = args.length > 0 || run('npm', 'run', '--silent', 'check')
const report = join(folder, 'report.json')
const tested = run('vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args)
const { passed, failed, skipped } = counts()
rmSync(folder, { recursive: true })
if (!checked) console.log('\n`npm run check` found errors: see above')
const left = skipped > 0 ? `, ${skipped} skipped` : ''
console.log(`\n${passed} passed, ${failed + (checked ? 0 : 1)} failed${left}`)
process.exit(checked && tested ? 0 : 1)

function counts(): { passed: number; failed: number; skipped: number } {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    // A suite whose set-up failed counts as a failure too.
    return {
      passed: numPassedTests,
      failed: numFailedTests + (tested || numFailedTests > 0 ? 0 : 1),
      skipped: numPendingTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
