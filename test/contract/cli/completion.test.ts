import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CompletionNode, completionScript, type Shell } from '#cli/rules/completion.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { findProgram } from '#support/servers/server-process.ts'

const node = (name: string, commands: CompletionNode[] = [], options: string[] = []): CompletionNode => ({
  name,
  description: `about ${name}`,
  options: ['--json', ...options].map((option) => ({ name: option, description: "it's one" })),
  commands,
})
const program = node('backhaul', [
  node('retry', [], ['--of-a-task']),
  node('deliveries', [node('retry', [], ['--of-a-delivery'])]),
])

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-completion-'))
  for (const shell of ['zsh', 'fish'] as const) if (!findProgram(shell)) await aptInstall([shell])
  // As each shell looks for it; zsh takes the whole file for a function.
  await writeFile(join(folder, '_backhaul'), completionScript('zsh', program))
  await writeFile(join(folder, 'backhaul.fish'), completionScript('fish', program))
  await writeFile(join(folder, 'a-file'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a new shell offers behind these words. */
const offered: Record<'zsh' | 'fish', (words: readonly string[]) => string[]> = {
  // The words are matched by zsh itself, so that its completion is asked for them without a terminal.
  zsh: (words) => {
    const line = `fpath=(${folder} $fpath); autoload -Uz _backhaul
compadd() { shift; local word found=1; for word in "$@"; do [[ $word == "$words[-1]"* ]] && print -r -- $word && found=0; done; return $found }
_files() { print -r -- a-file }
words=(backhaul "$@"); CURRENT=$#words; _backhaul`
    return linesOf('zsh', ['-f', '-c', line, 'zsh', ...words])
  },
  fish: (words) => {
    const line = `source backhaul.fish; complete -C '${['backhaul', ...words].join(' ')}'`
    return linesOf('fish', ['--no-config', '-c', line]).map((text) => text.split('\t')[0]!)
  },
}

function linesOf(shell: Shell, args: readonly string[]): string[] {
  return execFileSync(shell, args, { cwd: folder, encoding: 'utf8' }).split('\n').filter(Boolean).toSorted()
}

describe.each(['zsh', 'fish'] as const)('the completion of %s', (shell) => {
  it.each([
    ['commands at once', ['re'], ['retry']],
    ['no files where a command is to follow', [''], ['deliveries', 'retry']],
    ['commands below others', ['--json', 'deliveries', ''], ['retry']],
    ['options', ['retry', 'tsk_1', '--of'], ['--of-a-task']],
    [
      'options of the command that is meant, where two have its name',
      ['deliveries', 'retry', '--of'],
      ['--of-a-delivery'],
    ],
    ['files where no word fits', ['retry', 'a-f'], ['a-file']],
  ])('offers %s', (_what, words, expected) => {
    if (!findProgram(shell)) return
    expect(offered[shell](words).filter((word) => words.at(-1) !== '' || !word.startsWith('-'))).toEqual(expected)
  })
})
