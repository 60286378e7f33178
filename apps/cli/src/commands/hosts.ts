import type { Host } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { bytesText, momentText } from '../rules/quantities.ts'
import type { Column } from '../rules/table.ts'

/** `backhaul hosts`. */
export function hostsCommand(start: Start): Command {
  return new Command('hosts')
    .description('Show how the service treats hosts, and why.')
    .argument('[host...]', 'such as example.com or example.com:8443 (default: those of tasks that wait or run)')
    .action(async (hosts: string[], _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const service = await client()
      const signal = terminal.stopping
      const names = new Set(hosts)
      if (hosts.length === 0)
        for (const state of ['running', 'waiting'] as const)
          for (const { currentRequest } of await service.tasks.list({ state, limit: 200 }, { signal }).toArray(200))
            names.add(URL.parse(currentRequest.url)?.host ?? '')
      names.delete('')
      const found: Host[] = []
      for (const name of names) found.push(await service.hosts.get(name, { signal }))
      output.list(found, columns(Date.now()), 'No task waits or runs, so there is no host to tell of: name one.')
    })
}

function columns(nowMs: number): Column<Host>[] {
  return [
    { title: 'HOST', of: ({ host }) => host, cuttable: true },
    { title: 'STATE', of: ({ state }) => state },
    { title: 'UNTIL', of: ({ blockedUntil }) => (blockedUntil ? momentText(blockedUntil, nowMs) : '-'), spare: 1 },
    { title: 'YOURS', of: ({ connections }) => `${connections.yours} of ${connections.limit}`, right: true, spare: 3 },
    { title: 'WAITING', of: ({ waitingTasks }) => waitingTasks, right: true, spare: 4 },
    { title: 'RATE', of: ({ bytesPerSecond: rate }) => (rate ? `${bytesText(rate)}/s` : '-'), right: true, spare: 5 },
    { title: 'WHY', of: ({ reason }) => reason ?? '-', cuttable: true, spare: 2 },
  ]
}
