import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type CompletionNode, completionScript } from '#cli/rules/completion.ts'

const node = (name: string, more: Partial<CompletionNode> = {}): CompletionNode => ({
  name,
  description: `about ${name}`,
  options: [{ name: '--json', description: "it's JSON" }],
  commands: [],
  ...more,
})
const program = node('backhaul', {
  commands: [node('get'), node('keys', { commands: [node('create'), node('revoke')] })],
})

/** What bash offers behind these words. */
function bash(...words: string[]): string[] {
  const line = `${completionScript('bash', program)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _backhaul; printf '%s\\n' "\${COMPREPLY[@]}"`
  const args = ['--norc', '-c', line, 'bash', 'backhaul', ...words]
  return execFileSync('bash', args, { encoding: 'utf8' }).split('\n').filter(Boolean)
}

describe('completion', () => {
  it.each([
    [[''], ['get', 'keys', '--json', '--help']],
    [['k'], ['keys']],
    [
      ['keys', ''],
      ['create', 'revoke', '--json', '--help'],
    ],
    [['--json', 'keys', 'r'], ['revoke']],
    [
      ['keys', 'create', 'key_1', '--'],
      ['--json', '--help'],
    ],
    [['get', 'x'], []],
  ])('of bash behind %j is %j', (words, offered) => {
    expect(bash(...words)).toEqual(offered)
  })

  it('of fish quotes what is said of commands', () => {
    expect(completionScript('fish', program)).toContain("-d 'it\\'s JSON'")
  })
})
