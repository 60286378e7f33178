import type { Attempt, Delivery, ListDeliveriesData } from '@backhaul/sdk'
import { Command, Option } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { oneLine } from '../rules/plain-text.ts'
import { momentText } from '../rules/quantities.ts'
import type { Column } from '../rules/table.ts'

type Filter = Pick<NonNullable<ListDeliveriesData['query']>, 'endpoint' | 'event' | 'session' | 'state'>

/** `backhaul deliveries`. */
export function deliveriesCommand(start: Start): Command {
  const deliveries = new Command('deliveries').description('The log of what was sent to endpoints.')
  const list = deliveries
    .command('list', { isDefault: true })
    .description('List deliveries.')
    .option('--endpoint <id>', 'only those to this endpoint')
    .option('--session <identifier>', 'only those of this session')
    .option('--event <id>', 'only those of this event')
    .addOption(new Option('--state <state>').choices(['pending', 'succeeded', 'failed', 'canceled']))
  withListOptions(list).action(async ({ limit, all, ...filter }: Filter & ListOptions, command: Command) => {
    const options = { limit, ...(all && { all }) }
    const { terminal, output, client } = start(command)
    const { deliveries } = await client()
    const signal = terminal.stopping
    const found = await readList(({ limit }) => deliveries.list({ limit, ...filter }, { signal }), options)
    output.list(found, columns(Date.now()), 'There are no such deliveries.')
    noteMore(output, found, options)
  })
  deliveries
    .command('show')
    .addArgument(idArgument('delivery', '<id>'))
    .description('Show every attempt of one, with what came back.')
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const { data } = await (await client()).deliveries.attempts(id, { signal: terminal.stopping })
      output.one(data, () => data.map(attemptLine))
      if (data.length === 0) output.note('There was no attempt yet.')
    })
  deliveries
    .command('retry')
    .addArgument(idArgument('delivery', '<id>'))
    .description('Send a failed one again.')
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const delivery = await (await client()).deliveries.retry(id, { signal: terminal.stopping })
      output.one(delivery, () => [`${delivery.id} ${delivery.state}`])
    })
  return deliveries
}

function attemptLine({ number, startedAt, status, error, note, durationMs, responseBody }: Attempt): string {
  const outcome = status ?? (error === null ? 'under way' : oneLine(error))
  const body = responseBody ? oneLine(responseBody).slice(0, 200) : ''
  return [number, startedAt, outcome, durationMs === null ? '' : `${durationMs} ms`, note ?? '', body]
    .filter(String)
    .join('  ')
}

function columns(nowMs: number): Column<Delivery>[] {
  return [
    { title: 'DELIVERY', of: ({ id }) => id },
    { title: 'STATE', of: ({ state }) => state },
    { title: 'EVENT', of: ({ eventType }) => eventType, spare: 1, cuttable: true },
    { title: 'TRIES', of: ({ attempts }) => attempts, right: true, spare: 3 },
    { title: 'NEXT', of: ({ nextAttemptAt }) => (nextAttemptAt ? momentText(nextAttemptAt, nowMs) : '-'), spare: 2 },
    { title: 'SESSION', of: ({ sessionIdentifier }) => sessionIdentifier ?? '-', spare: 4, cuttable: true },
    { title: 'CREATED', of: ({ createdAt }) => momentText(createdAt, nowMs), spare: 5 },
  ]
}
