import type { Command } from 'commander'
import type { Start } from '../context.ts'
import { adminCommand } from './admin.ts'
import { cancelCommand } from './cancel.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config.ts'
import { deliveriesCommand } from './deliveries.ts'
import { docsCommand } from './docs.ts'
import { endpointsCommand } from './endpoints.ts'
import { eventsCommand } from './events.ts'
import { getCommand } from './get.ts'
import { hostsCommand } from './hosts.ts'
import { keysCommand } from './keys.ts'
import { limiterCommand } from './limiter.ts'
import { listenCommand } from './listen.ts'
import { loginCommand } from './login.ts'
import { logoutCommand } from './logout.ts'
import { logsCommand } from './logs.ts'
import { lsCommand } from './ls.ts'
import { openCommand } from './open.ts'
import { profilesCommand } from './profiles.ts'
import { resumeCommand } from './resume.ts'
import { retryCommand } from './retry.ts'
import { sessionsCommand } from './sessions.ts'
import { showCommand } from './show.ts'
import { suspendCommand } from './suspend.ts'
import { triggerCommand } from './trigger.ts'
import { usageCommand } from './usage.ts'
import { watchCommand } from './watch.ts'
import { whyCommand } from './why.ts'

/** Every command of `backhaul`, in the order of its help. */
export const commands: readonly ((start: Start) => Command)[] = [
  getCommand,
  lsCommand,
  showCommand,
  whyCommand,
  watchCommand,
  cancelCommand,
  retryCommand,
  suspendCommand,
  resumeCommand,
  sessionsCommand,
  hostsCommand,
  eventsCommand,
  logsCommand,
  listenCommand,
  triggerCommand,
  endpointsCommand,
  deliveriesCommand,
  limiterCommand,
  usageCommand,
  keysCommand,
  adminCommand,
  loginCommand,
  logoutCommand,
  profilesCommand,
  configCommand,
  openCommand,
  docsCommand,
  completionCommand,
]
