import type { Endpoint, GivenEndpoint } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import type { Column } from '../rules/table.ts'

/** `backhaul endpoints`. */
export function endpointsCommand(start: Start): Command {
  const endpoints = new Command('endpoints').description('Where webhooks go.')
  withListOptions(endpoints.command('list', { isDefault: true }).description('List them.')).action(
    async (options: ListOptions, command: Command) => {
      const { terminal, output, client } = start(command)
      const { endpoints } = await client()
      const found = await readList((query) => endpoints.list(query, { signal: terminal.stopping }), options)
      output.list(found, columns, 'There are no endpoints: `backhaul endpoints create <url>` makes one.')
      noteMore(output, found, options)
    },
  )
  endpoints
    .command('create <url>')
    .description('Create one, and print its signing secret, which is shown this once.')
    .option('--description <text>', 'for people')
    .option('--events <types>', 'only these, separated by commas; wakes and questions always come')
    .action(async (url: string, given: { description?: string; events?: string }, command: Command) => {
      const { terminal, output, client } = start(command)
      const { description, events } = given
      const body = {
        url,
        ...(description && { description }),
        // The service knows which types there are.
        ...(events && { eventTypes: events.split(',') as GivenEndpoint['eventTypes'] & object }),
      }
      const created = await (await client()).endpoints.create(body, { signal: terminal.stopping })
      output.one(created, () => [created.secret ?? created.id])
      output.note(`${created.id} is there.`)
    })
  const one = (name: string, description: string) =>
    endpoints.command(name).addArgument(idArgument('endpoint', '<id>')).description(description)
  one('enable', 'Let a disabled one receive again.').action(async (id: string, _given: object, command: Command) => {
    const { terminal, output, client } = start(command)
    const endpoint = await (await client()).endpoints.enable(id, { signal: terminal.stopping })
    output.one(endpoint, () => [`${id} ${endpoint.state}`])
  })
  one('delete', 'Delete one.').action(async (id: string, _given: object, command: Command) => {
    const { terminal, output, client } = start(command)
    await (await client()).endpoints.delete(id, { signal: terminal.stopping })
    output.one({ deleted: id }, () => [])
    output.note(`${id} is deleted.`)
  })
  one('rotate-secret', 'Make a new secret and print it; the old one signs as well for a day.').action(
    async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const endpoint = await (await client()).endpoints.rotateSecret(id, {}, { signal: terminal.stopping })
      output.one(endpoint, () => [endpoint.secret ?? endpoint.id])
    },
  )
  return endpoints
}

const columns: Column<Endpoint>[] = [
  { title: 'ENDPOINT', of: ({ id }) => id },
  { title: 'STATE', of: ({ state, disabledReason }) => (disabledReason ? `${state}: ${disabledReason}` : state) },
  { title: 'URL', of: ({ url, kind }) => url ?? `(${kind})`, cuttable: true },
  { title: 'EVENTS', of: ({ eventTypes }) => eventTypes.join(', ') || 'all', spare: 2, cuttable: true },
  { title: 'SECRET', of: ({ secretHint }) => secretHint, spare: 3 },
  { title: 'DESCRIPTION', of: ({ description }) => description ?? '-', spare: 1, cuttable: true },
]
