import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type ServiceProcess, startProcess } from '#support/processes/service.ts'

const entry = 'apps/standalone/src/demo.ts'
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Runs the demo with its own folder for temporary files, so that the test sees files that it leaves behind. */
async function startDemo(): Promise<{ demo: ServiceProcess; folder: string; ended: Promise<unknown> }> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-demo-test-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const demo = startProcess(entry, { TMPDIR: folder, NO_COLOR: '1' })
  cleanups.push(() => demo.end('SIGKILL'))
  return { demo, folder, ended: once(demo.child, 'close') }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the demo shows downloads, a verified wake and every file byte for byte, and leaves nothing behind', async () => {
  const { demo, folder, ended } = await startDemo()
  await ended
  const output = demo.output()
  expect(output).toMatch(/✓ All checks passed/)
  expect(demo.child.exitCode).toBe(0)
  const lines = output.split('\n')
  expect(lines[0]).toMatch(/^Backhaul: background downloads/)
  expect(output).not.toMatch(/warning|deprecat|"level"|✗/i)

  const verified = lines.flatMap((line) => /✓ signature verified {2}(\S+)/.exec(line)?.[1] ?? [])
  expect(verified[0]).toBe('session.wake')
  expect(verified.at(-1)).toBe('session.events_finished')
  expect(verified.filter((type) => type === 'task.completed')).toHaveLength(7)
  expect(verified.filter((type) => type === 'task.finished_downloading')).toHaveLength(6)

  const rowOf = (file: string) => lines.filter((line) => line.startsWith(`  ${file}`)).at(-1)
  for (const file of ['small.json', 'large.bin', 'stream.log', 'moved.csv', 'signed.tar', 'flaky.iso'])
    expect(rowOf(file)).toMatch(/✓ identical/)
  expect(rowOf('flaky.iso')).toMatch(/ 2 .*resumed from byte [1-9]/)
  expect(rowOf('signed.tar')).toMatch(/sha256 [0-9a-f]{8}/)
  expect(rowOf('missing.zip')).toMatch(/✓ failed as it should: fileDoesNotExist/)
  expect(output).toMatch(/The wake limiter's delay is 60 s now/)
  expect(output).toMatch(/npm start/)
  expect(await readdir(folder)).toEqual([])
})

test('Ctrl-C in the middle ends the demo with 130, stops its PostgreSQL and removes its folder', async () => {
  const { demo, folder, ended } = await startDemo()
  await eventually('a transfer runs', () => /running +large\.bin/.test(demo.output()), { withinMs: 60_000 })
  const [dataDir] = await readdir(folder)
  const pid = Number.parseInt(await readFile(join(folder, dataDir!, 'postgres', 'postmaster.pid'), 'utf8'), 10)
  expect(isAlive(pid)).toBe(true)
  demo.child.kill('SIGINT')
  // As npm and the terminal do it together.
  demo.child.kill('SIGINT')
  await ended
  expect(demo.child.exitCode).toBe(130)
  expect(demo.output()).toMatch(/✗ The demo was interrupted/)
  expect(isAlive(pid)).toBe(false)
  expect(await readdir(folder)).toEqual([])
})

test('--help explains the demo, anything else it does not know is refused with 2', () => {
  const help = spawnSync(process.execPath, [entry, '--help'], { encoding: 'utf8' })
  expect([help.status, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toMatch(/^Usage: npm run demo/)
  const unknown = spawnSync(process.execPath, [entry, '--fast'], { encoding: 'utf8' })
  expect([unknown.status, unknown.stdout]).toEqual([2, ''])
  expect(unknown.stderr).toMatch(/^Unknown argument --fast\n/)
})
