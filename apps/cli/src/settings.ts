import { calledWrongly } from './command-error.ts'
import { openProfiles, profileIn } from './profiles.ts'
import { addressFault, chooseSetting, isKey, type Setting, serviceUrl } from './rules/settings.ts'

/** The options that every command has. */
export interface GlobalOptions {
  json?: true
  quiet?: true
  url?: string
  key?: string
  profile?: string
}

/** How the service is reached, and who says so. */
export interface Settings {
  url: Setting
  /** Of a tenant. */
  key: Setting | null
  operatorToken: Setting | null
  /** Null: none is used. */
  profile: Setting | null
  profilesPath: string | null
}

type Environment = Record<string, string | undefined>

/** Flag, else environment, else profile. Throws CommandError for a profile that is not there and an address that is none. */
export async function readSettings(
  options: GlobalOptions,
  env: Environment,
  { isOperator = false }: { isOperator?: boolean } = {},
): Promise<Settings> {
  const profiles = openProfiles(env)
  const named = chooseSetting({ flag: options.profile, environment: env.BACKHAUL_PROFILE })
  // Nobody has to have a readable file who does not use it.
  const key = options.key || (isOperator ? env.BACKHAUL_OPERATOR_TOKEN : env.BACKHAUL_API_KEY)
  const isNeeded = named !== null || !(options.url || env.BACKHAUL_URL) || !key
  const file = isNeeded ? await profiles.read() : null
  const profile = named ?? chooseSetting({ profile: file?.current ?? undefined })
  const kept = profile === null || file === null ? undefined : profileIn(file, profile.value)
  if (named !== null && kept === undefined)
    throw calledWrongly(
      `There is no profile "${named.value}": \`backhaul profiles\` lists them, \`backhaul login --profile ${named.value}\` makes it.`,
    )
  const url = chooseSetting({
    flag: options.url,
    environment: env.BACKHAUL_URL,
    profile: kept?.url,
    default: 'http://127.0.0.1:8080',
  })!
  const address = serviceUrl(url.value)
  if (address === null) throw calledWrongly(`${addressFault(url.value)}: correct ${nameOf(url, 'url')}.`)
  // A key goes nowhere but to the service that it was given for.
  const keys = kept?.url === address ? kept : undefined
  return {
    url: { ...url, value: address },
    key: chooseSetting({ flag: options.key, environment: env.BACKHAUL_API_KEY, profile: keys?.key }),
    operatorToken: chooseSetting({
      flag: options.key,
      environment: env.BACKHAUL_OPERATOR_TOKEN,
      profile: keys?.operatorToken,
    }),
    profile: kept === undefined ? null : profile,
    profilesPath: profiles.path,
  }
}

/** A key as it can be sent; the line break at the end of a file is no part of it. Throws CommandError, which does not show it. */
export function keyOf(setting: Setting, what: 'key' | 'operatorToken'): string {
  const key = setting.value.trim()
  if (!isKey(key))
    throw calledWrongly(`That is no key (${nameOf(setting, what)}): it has characters that keys never have.`)
  return key
}

const variables = {
  url: 'BACKHAUL_URL',
  key: 'BACKHAUL_API_KEY',
  operatorToken: 'BACKHAUL_OPERATOR_TOKEN',
  profile: 'BACKHAUL_PROFILE',
}

/** What the user would look at to change it. */
export function nameOf({ source }: Setting, what: keyof typeof variables): string {
  if (source === 'flag') return `--${what === 'operatorToken' ? 'key' : what}`
  return source === 'environment' ? variables[what] : source
}
