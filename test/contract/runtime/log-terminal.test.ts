import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('a process with a terminal writes for people, and one without for programs', () => {
  const program = `
    import { runProcess } from '@backhaul/core'
    const log = (text) => process.stdout.write(text)
    await runProcess(process, 'standalone', async ({ log }) => { log.info({ event: 'a.b' }, 'here'); return { stop: async () => {} } })
    process.kill(process.pid, 'SIGTERM')`
  const folder = mkdtempSync(join(tmpdir(), 'backhaul-terminal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const env = { ...process.env, DATA_DIR: folder, PROGRAM: program, NODE: process.execPath }
  const command = '"$NODE" --input-type=module -e "$PROGRAM"'
  const options = { env, cwd: 'apps/worker', encoding: 'utf8' } as const
  expect(execFileSync('script', ['-qec', command, '/dev/null'], options)).toMatch(/INFO.*: .*here/)
  expect(execFileSync('sh', ['-c', command], options)).toContain('"event":"a.b","msg":"here"')
})
