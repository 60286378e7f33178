import { Command } from 'commander'
import { calledWrongly } from '../command-error.ts'
import type { Start } from '../context.ts'
import { openProfiles } from '../profiles.ts'
import { maskedKey } from '../rules/settings.ts'

/** `backhaul profiles`. */
export function profilesCommand(start: Start): Command {
  const profiles = new Command('profiles').description('What `login` has kept, and which of it is used.')
  profiles
    .command('list', { isDefault: true })
    .description('List them; a star marks the one that is used.')
    .action(async (_given: object, command: Command) => {
      const { terminal, output } = start(command)
      const file = await openProfiles(terminal.env).read()
      const shown = Object.entries(file.profiles).map(([name, { url, key, operatorToken }]) => ({
        name,
        current: name === file.current,
        url,
        key: key === undefined ? null : maskedKey(key),
        operatorToken: operatorToken === undefined ? null : maskedKey(operatorToken),
      }))
      output.list(
        shown,
        [
          { title: '', of: ({ current }) => (current ? '*' : '') },
          { title: 'NAME', of: ({ name }) => name },
          { title: 'URL', of: ({ url }) => url, cuttable: true },
          { title: 'KEY', of: ({ key }) => key ?? '-', spare: 1 },
          { title: 'OPERATOR', of: ({ operatorToken }) => operatorToken ?? '-', spare: 2 },
        ],
        'There is no profile: `backhaul login` makes one.',
      )
    })
  profiles
    .command('use <name>')
    .description('Use this one from now on.')
    .action(async (name: string, _given: object, command: Command) => {
      const { terminal, output } = start(command)
      const store = openProfiles(terminal.env)
      const file = await store.read()
      if (!Object.hasOwn(file.profiles, name))
        throw calledWrongly(`There is no profile "${name}": \`backhaul login --profile ${name}\` makes it.`)
      await store.write({ ...file, current: name })
      output.one({ current: name }, () => [])
      output.note(`The profile is now "${name}" (${file.profiles[name]!.url}).`)
    })
  return profiles
}
