import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

type Environment = Record<string, string | undefined>

/**
 * Folders of the user (XDG Base Directory Specification): below `$XDG_CONFIG_HOME` or `~/.config`, and below `$XDG_STATE_HOME` or
 * `~/.local/state`. Null: the user has no home folder.
 */
export function configFolder(env: Environment): string | null {
  return folderOf(env, env.XDG_CONFIG_HOME, '.config')
}
export function stateFolder(env: Environment): string | null {
  return folderOf(env, env.XDG_STATE_HOME, join('.local', 'state'))
}

function folderOf(env: Environment, given: string | undefined, below: string): string | null {
  // "All paths set in these environment variables must be absolute. If … relative … ignore it."
  if (given && isAbsolute(given)) return join(given, 'backhaul')
  const home = env.HOME ?? systemHome()
  return home && isAbsolute(home) ? join(home, below, 'backhaul') : null
}

/** Throws nothing for a user that the system does not know. */
function systemHome(): string | null {
  try {
    return homedir()
  } catch {
    return null
  }
}
