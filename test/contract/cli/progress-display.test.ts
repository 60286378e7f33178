import { afterEach, expect, it } from 'vitest'
import { createOutput, type Output } from '#cli/output.ts'
import { openProgressDisplay, type ProgressDisplay } from '#cli/progress-display.ts'
import type { Terminal } from '#cli/terminal.ts'
import { eventually } from '#support/assertions/eventually.ts'

const up = (lines: number) => `\u001b[${lines}A\u001b[0J`
const file = { phase: 'fetching', received: 512, total: 1024 } as const
let display: ProgressDisplay
afterEach(() => display.end())

function open(size: { columns: number; rows: number } | null, options: { quiet?: boolean; TERM?: string } = {}) {
  const said = { stdout: '', stderr: '', both: '' }
  const write = (to: 'stdout' | 'stderr') => (text: string) => {
    said[to] += text
    said.both += text
  }
  const terminal = {
    env: { TERM: options.TERM },
    stdout: write('stdout'),
    stderr: write('stderr'),
    stdoutSize: () => size,
    stderrSize: () => size,
  } as unknown as Terminal
  const output: Output = createOutput(terminal, { json: false, quiet: options.quiet ?? false })
  display = openProgressDisplay(terminal, output, { everyMs: 1 })
  return { said, output }
}

it('progress in a pipe is one line now and then, in which nothing moves', async () => {
  const { said } = open(null)
  display.update('1', { name: 'a', ...file })
  display.update('2', { name: 'b', ...file })
  await eventually('two lines are written', () => said.stderr.split('\n').length > 2)
  expect(said.stderr.split('\n')[0]).toBe('0 of 2 files · 1.0 KiB of 2.0 KiB · 2 fetching')
  expect(said.stderr).not.toContain('\u001b')
  expect(said.stdout).toBe('')
})

it('a terminal that cannot move its cursor gets lines as well', async () => {
  const { said } = open({ columns: 80, rows: 24 }, { TERM: 'dumb' })
  display.update('1', { name: 'a', ...file })
  await eventually('a line is written', () => said.stderr.includes('0 of 1 file · '))
  expect(said.stderr).not.toContain('\u001b')
})

it('a line of data makes the progress on a terminal give way, and come back below it', async () => {
  const { said, output } = open({ columns: 60, rows: 24 })
  display.update('1', { name: 'a', ...file })
  await eventually('it is drawn', () => said.stderr.includes('a  fetching'))
  const before = said.both.length
  output.line('/tmp/b')
  expect(said.both.slice(before)).toMatch(/^.{8}\/tmp\/b\na {2}fetching {2}\[=/s)
  expect(said.both.slice(before).startsWith(up(1))).toBe(true)
  display.remove('1')
  display.end()
  expect(said.both.endsWith(up(1))).toBe(true)
})

it('nothing is drawn with --quiet', async () => {
  const { said, output } = open({ columns: 60, rows: 24 }, { quiet: true })
  display.update('1', { name: 'a', ...file })
  output.line('data')
  expect(said).toEqual({ stdout: 'data\n', stderr: '', both: 'data\n' })
})
