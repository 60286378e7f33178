import { Command } from 'commander'
import { calledWrongly } from '../command-error.ts'
import type { Start } from '../context.ts'
import { openProfiles } from '../profiles.ts'

/** `backhaul logout`. */
export function logoutCommand(start: Start): Command {
  return new Command('logout')
    .description('Forget the key of a profile. The key itself stays valid: `keys revoke` ends it.')
    .option('--all', 'of all profiles')
    .action(async (given: { all?: true }, command: Command) => {
      const { terminal, options, output } = start(command)
      const profiles = openProfiles(terminal.env)
      const file = await profiles.read()
      const name = options.profile || terminal.env.BACKHAUL_PROFILE || file.current
      const gone = given.all ? Object.keys(file.profiles) : Object.keys(file.profiles).filter((one) => one === name)
      if (gone.length === 0) {
        if (name) throw calledWrongly(`There is no profile "${name}": \`backhaul profiles\` lists them.`)
        output.one({ removed: [] }, () => [])
        return output.note('There is no profile, so there is nothing to forget.')
      }
      const left = Object.fromEntries(Object.entries(file.profiles).filter(([one]) => !gone.includes(one)))
      const current = file.current !== null && file.current in left ? file.current : (Object.keys(left)[0] ?? null)
      await profiles.write({ current, profiles: left })
      output.one({ removed: gone }, () => [])
      output.note(`Forgotten: ${gone.join(', ')}.${current ? ` The profile is now "${current}".` : ''}`)
    })
}
