import type { Command } from 'commander'
import type { Start } from '../context.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config.ts'
import { docsCommand } from './docs.ts'
import { getCommand } from './get.ts'
import { listenCommand } from './listen.ts'
import { loginCommand } from './login.ts'
import { logoutCommand } from './logout.ts'
import { openCommand } from './open.ts'
import { profilesCommand } from './profiles.ts'

/** Every command of `backhaul`, in the order of its help. */
export const commands: readonly ((start: Start) => Command)[] = [
  getCommand,
  listenCommand,
  loginCommand,
  logoutCommand,
  profilesCommand,
  configCommand,
  openCommand,
  docsCommand,
  completionCommand,
]
