import type { Backhaul, TaskCounts } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { openProgressDisplay } from '../progress-display.ts'
import { endedLine, runningTask, type Watched, watchTitle, withMessage } from '../rules/watched.ts'

const countsEveryMs = 2_000

/** `backhaul watch`. */
export function watchCommand(start: Start): Command {
  return new Command('watch')
    .description('Watch tasks live: totals by bytes and state, what runs, and a line for each that ends.')
    .argument('[session]', 'only those of this session')
    .action(async (session: string | undefined, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const service = await client()
      const signal = terminal.stopping
      let watched = await readWatched(service, session, signal)
      const display = openProgressDisplay(terminal, output, { title: () => watchTitle(watched) })
      for (const [id, transfer] of watched.running) display.update(id, transfer)
      let readAtMs = performance.now()
      try {
        for await (const message of service.events.stream({ session, signal })) {
          if (output.json) output.record({ type: message.type, data: message.data, cursor: message.cursor })
          const before = watched.running
          watched = withMessage(watched, message)
          for (const id of before.keys()) if (!watched.running.has(id)) display.remove(id)
          for (const [id, transfer] of watched.running) if (transfer !== before.get(id)) display.update(id, transfer)
          if (message.type === 'task.completed' && !output.json) output.line(endedLine(message.data.data.task))
          if (performance.now() - readAtMs < countsEveryMs) continue
          readAtMs = performance.now()
          watched = { ...watched, counts: await readCounts(service, session, signal) }
        }
      } catch (error) {
        // It goes on until it is ended, so that is how it is done.
        if (!signal.aborted) throw error
      } finally {
        display.end()
      }
    })
}

async function readWatched(service: Backhaul, session: string | undefined, signal: AbortSignal): Promise<Watched> {
  const query = { state: 'running', limit: 200 } as const
  const list =
    session === undefined
      ? service.tasks.list(query, { signal })
      : service.sessions.listTasks(session, query, { signal })
  const [counts, tasks] = await Promise.all([readCounts(service, session, signal), list.toArray(200)])
  return { counts, running: new Map(tasks.map((task) => [task.id, runningTask(task)])) }
}

async function readCounts(
  { tasks, sessions }: Backhaul,
  session: string | undefined,
  signal: AbortSignal,
): Promise<TaskCounts> {
  const read = session === undefined ? tasks.summary({ signal }) : sessions.get(session, { signal })
  return (await read).taskCounts
}
