import { Command } from 'commander'
import type { Start } from '../context.ts'
import { maskedKey, type Setting } from '../rules/settings.ts'
import { nameOf, type Settings } from '../settings.ts'

interface Row {
  setting: string
  value: string | null
  /** `flag`, `environment`, `profile` or `default`; null: nobody says it. */
  source: Setting['source'] | null
  /** Which option, variable or profile that is. */
  from: string | null
}

/** `backhaul config`. */
export function configCommand(start: Start): Command {
  return new Command('config')
    .description('Show the settings, and which source of each has won: flag, environment, profile.')
    .action(async (_given: object, command: Command) => {
      const { settings, output } = start(command)
      output.list(
        rowsOf(await settings()),
        [
          { title: 'SETTING', of: ({ setting }) => setting },
          { title: 'VALUE', of: ({ value }) => value ?? '-', cuttable: true },
          { title: 'FROM', of: ({ from }) => from ?? '-', cuttable: true },
        ],
        '',
      )
    })
}

/** Never with a whole key. */
function rowsOf(settings: Settings): Row[] {
  const { url, key, operatorToken, profile, profilesPath } = settings
  const from = (setting: Setting, what: Parameters<typeof nameOf>[1]) =>
    setting.source === 'profile' && profile ? `profile "${profile.value}"` : nameOf(setting, what)
  const masked = (setting: Setting | null) => setting && { ...setting, value: maskedKey(setting.value) }
  const row = (name: string, setting: Setting | null, what: Parameters<typeof nameOf>[1]): Row => ({
    setting: name,
    value: setting?.value ?? null,
    source: setting?.source ?? null,
    from: setting && from(setting, what),
  })
  return [
    row('url', url, 'url'),
    row('key', masked(key), 'key'),
    row('operatorToken', masked(operatorToken), 'operatorToken'),
    {
      setting: 'profile',
      value: profile?.value ?? null,
      source: profile?.source ?? null,
      // That it is the current one is written in the file itself.
      from: profile && (profile.source === 'profile' ? profilesPath : nameOf(profile, 'profile')),
    },
  ]
}
