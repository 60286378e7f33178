import { type Backhaul, PermissionError } from '@backhaul/sdk'
import { Command } from 'commander'
import { calledWrongly } from '../command-error.ts'
import type { Context, Start } from '../context.ts'
import { openProfiles, profileIn } from '../profiles.ts'
import { addressFault, isKey, maskedKey, serviceUrl } from '../rules/settings.ts'

const examples = `
Keeps address and key in a file that only you can read (mode 600), below $XDG_CONFIG_HOME/backhaul (~/.config/backhaul).

Examples:
  $ backhaul login --url https://backhaul.example.com
  $ backhaul login --profile staging --url https://staging.example.com
  $ pass show backhaul | backhaul login --key -
`

/** `backhaul login`. */
export function loginCommand(start: Start): Command {
  return new Command('login')
    .description('Keep the address of a service and a key for it.')
    .option('--operator', "the key is an operator's token, for `backhaul admin`")
    .addHelpText('after', examples)
    .action(async (given: { operator?: true }, command: Command) => {
      const context = start(command)
      const { terminal, options, output } = context
      const profiles = openProfiles(terminal.env)
      const file = await profiles.read()
      const name = options.profile || terminal.env.BACKHAUL_PROFILE || file.current || 'default'
      const before = profileIn(file, name)
      const text = options.url || terminal.env.BACKHAUL_URL || before?.url || 'http://127.0.0.1:8080'
      const url = serviceUrl(text)
      if (url === null) throw calledWrongly(`${addressFault(text)}.`)
      const key = await askForKey(context, url, given.operator ? "Operator's token" : 'API key')
      await check(context.connect(url, key), given.operator ?? false, terminal.stopping)
      // A key goes nowhere but to the service that it was given for.
      const kept = before?.url === url ? before : {}
      const profile = { ...kept, url, ...(given.operator ? { operatorToken: key } : { key }) }
      await profiles.write({ current: name, profiles: { ...file.profiles, [name]: profile } })
      output.one({ profile: name, url, key: maskedKey(key), path: profiles.path }, () => [])
      output.note(`Logged in to ${url} as profile "${name}" (${profiles.path}).`)
    })
}

async function askForKey({ terminal, options }: Context, url: string, what: string): Promise<string> {
  const { stdin } = terminal
  const key =
    options.key === '-'
      ? await stdin.read()
      : (options.key ?? (stdin.isTerminal ? await stdin.ask(`${what} for ${url}: `) : ''))
  // What is no header field's value would be an error of another kind.
  const trimmed = key.trim()
  if (!isKey(trimmed))
    throw calledWrongly(
      trimmed === ''
        ? `There is no key${stdin.isTerminal ? '' : ', and no terminal to ask at'}: give --key, or pipe it in with --key -.`
        : 'That is no key: it has characters that keys never have.',
    )
  return trimmed
}

/** Throws what the service says of it. A key that may do other things only is valid, too. */
async function check(client: Backhaul, isOperator: boolean, signal: AbortSignal): Promise<void> {
  try {
    if (isOperator) await client.admin.workers.list({ limit: 1 }, { signal })
    else await client.limits.list({ signal })
  } catch (error) {
    if (!(error instanceof PermissionError)) throw error
  }
}
