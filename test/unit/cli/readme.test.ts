import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createProgram } from '#cli/program.ts'
import { exitCodes, exitCodeTexts } from '#cli/rules/exit-codes.ts'
import type { Terminal } from '#cli/terminal.ts'

const readme = readFileSync(new URL('../../../apps/cli/README.md', import.meta.url), 'utf8')

it('the README has every exit code, and what it means', () => {
  const rows = [...readme.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, text]) => [Number(code), text])
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[]
  expect(rows).toEqual(names.map((name) => [exitCodes[name], exitCodeTexts[name]]))
})

it('the README names every command', () => {
  const program = createProgram({ stdout() {}, stderr() {} } as unknown as Terminal, () => {})
  const table = readme.split('## Settings')[0]!
  for (const command of program.commands) expect(table).toMatch(new RegExp(`\`${command.name()}\\b`))
})
