/** Runs Squawk, a linter for migrations of PostgreSQL that the package `squawk-cli` brings as a binary. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Finding } from './migration-rules.ts'

/**
 * What it finds in a migration, which is applied in a transaction, on the oldest PostgreSQL that is supported. Null where it has
 * no binary for the platform.
 */
export async function askSquawk(path: string): Promise<Finding[] | null> {
  const require = createRequire(import.meta.url)
  const bin = join(dirname(require.resolve('squawk-cli/package.json')), 'js/bin/squawk')
  const args = [bin, '--assume-in-transaction', '--pg-version', '15.0', '--reporter', 'json', path]
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) =>
    // It exits with 1 when it has found something.
    execFile(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 }, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    ),
  )
  if (stdout.trimStart().startsWith('[')) {
    const found = JSON.parse(stdout) as { line_end: number; rule_name: string }[]
    return found.map(({ line_end, rule_name }) => ({ line: line_end + 1, rule: rule_name }))
  }
  if (/unsupported platform|was not installed/.test(stderr)) return null
  throw new Error(`squawk: ${stderr}`)
}
