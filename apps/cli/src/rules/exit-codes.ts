/** How a command ends. `--help` and the README list them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  local: 5,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeTexts: Record<keyof typeof exitCodes, string> = {
  done: 'done',
  failed: 'a task failed or was canceled',
  usage: 'called wrongly',
  refused: 'refused by the service',
  unreachable: 'the service is not reachable, or has a problem of its own',
  local: 'something on this machine: a file that exists, a full disk, no permission',
  interrupted: 'ended by you (Ctrl-C) before it was done',
}

/** As the end of a help text. */
export function exitCodeHelp(): string {
  const rows = Object.entries(exitCodes).map(
    ([name, code]) => `  ${String(code).padEnd(4)} ${exitCodeTexts[name as keyof typeof exitCodes]}`,
  )
  return `\nExit codes:\n${rows.join('\n')}\n`
}
