import { type Host, NotFoundError, type Task } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { whySentences } from '../rules/why.ts'

/** `backhaul why`. */
export function whyCommand(start: Start): Command {
  return new Command('why')
    .description('Say what a task waits for, until when, and what would help.')
    .addArgument(idArgument('task'))
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const { tasks, hosts } = await client()
      const signal = terminal.stopping
      const task = await tasks.get(id, {}, { signal })
      const host = isAboutItsHost(task) ? await hosts.get(hostOf(task), { signal }).catch(nothingKnown) : null
      const sentences = whySentences(task, host, Date.now())
      const { state, waitingFor } = task
      output.one({ taskId: id, state, waitingFor, host, sentences }, () => sentences)
    })
}

function isAboutItsHost({ waitingFor }: Task): boolean {
  return waitingFor.some(({ reason }) => ['hostBackoff', 'hostCapacity', 'retryBackoff'].includes(reason))
}

function hostOf({ currentRequest }: Task): string {
  return URL.parse(currentRequest.url)?.host ?? ''
}

function nothingKnown(error: unknown): Host | null {
  if (error instanceof NotFoundError) return null
  throw error
}
