import type { Backhaul, TaskCounts } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { openProgressDisplay } from '../progress-display.ts'
import { endedLine, runningTask, type Watched, watchTitle, withMessage } from '../rules/watched.ts'

const refreshEveryMs = 2_000

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
      const become = (next: Watched) => {
        const before = watched.running
        watched = next
        for (const id of before.keys()) if (!next.running.has(id)) display.remove(id)
        for (const [id, transfer] of next.running) if (transfer !== before.get(id)) display.update(id, transfer)
      }
      let stale: 'counts' | 'all' | null = null
      const refreshing = setInterval(async () => {
        const what = stale
        stale = null
        if (what === null) return
        try {
          if (what === 'all') become(await readWatched(service, session, signal))
          else watched = { ...watched, counts: await readCounts(service, session, signal) }
        } catch {
          // The stream tells that the service is away; it is asked again later.
          stale = what
        }
      }, refreshEveryMs)
      // States and progress of before are not told again.
      const onConnect = () => (stale = 'all')
      try {
        for await (const message of service.events.stream({ session, signal, onConnect })) {
          if (output.json) output.record({ type: message.type, data: message.data, cursor: message.cursor })
          stale ??= 'counts'
          become(withMessage(watched, message))
          if (message.type === 'task.completed' && !output.json) output.line(endedLine(message.data.data.task))
        }
      } catch (error) {
        // It goes on until it is ended, so that is how it is done.
        if (!signal.aborted) throw error
      } finally {
        clearInterval(refreshing)
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
