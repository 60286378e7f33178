import type { Tenant, Worker } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { momentText } from '../rules/quantities.ts'
import type { Column } from '../rules/table.ts'
import { usageColumns } from '../rules/usage-table.ts'

/** `backhaul admin`. */
export function adminCommand(start: Start): Command {
  const admin = new Command('admin').description("What operators do; needs an operator's token.")
  const tenants = admin.command('tenants').description('Tenants.')
  withListOptions(tenants.command('list', { isDefault: true }).description('List them.')).action(
    async (options: ListOptions, command: Command) => {
      const { terminal, output, operator } = start(command)
      const service = await operator()
      const found = await readList((query) => service.admin.tenants.list(query, { signal: terminal.stopping }), options)
      output.list(found, tenantColumns(Date.now()), 'There are no tenants.')
      noteMore(output, found, options)
    },
  )
  tenants
    .command('create <name>')
    .description('Create one, and print its first API key, which is shown this once.')
    .action(async (name: string, _given: object, command: Command) => {
      const { terminal, output, operator } = start(command)
      const created = await (await operator()).admin.tenants.create({ name }, { signal: terminal.stopping })
      output.one(created, () => [created.apiKey])
      output.note(`${created.tenant.id} is there.`)
    })
  for (const [name, state, description] of [
    ['suspend', 'suspended', 'Let nothing of it begin; nothing is deleted.'],
    ['activate', 'active', 'Let a suspended one go on.'],
  ] as const)
    tenants
      .command(name)
      .addArgument(idArgument('tenant', '<id>'))
      .description(description)
      .action(async (id: string, _given: object, command: Command) => {
        const { terminal, output, operator } = start(command)
        const tenant = await (await operator()).admin.tenants.update(id, { state }, { signal: terminal.stopping })
        output.one(tenant, () => [`${tenant.id} ${tenant.state}`])
      })
  const workers = admin.command('workers').description('Worker processes.')
  withListOptions(workers.command('list', { isDefault: true }).description('List them.')).action(
    async (options: ListOptions, command: Command) => {
      const { terminal, output, operator } = start(command)
      const service = await operator()
      const found = await readList((query) => service.admin.workers.list(query, { signal: terminal.stopping }), options)
      output.list(found, workerColumns(Date.now()), 'No worker has reported.')
      noteMore(output, found, options)
    },
  )
  workers
    .command('drain')
    .addArgument(idArgument('worker', '<id>'))
    .description('Let it take no more tasks; those in hand go on to their ends.')
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, operator } = start(command)
      const worker = await (await operator()).admin.workers.drain(id, { signal: terminal.stopping })
      output.one(worker, () => [`${worker.id} ${worker.state}`])
    })
  const usage = admin
    .command('usage')
    .description('What tenants have used, by day.')
    .option('--tenant <id>', 'only this one')
    .option('--since <time>', 'from then on (RFC 3339)')
    .option('--until <time>', 'up to then')
    .option('--csv', 'all rows as CSV')
  withListOptions(usage).action(
    async (given: ListOptions & { tenant?: string; since?: string; until?: string; csv?: true }, command: Command) => {
      const { terminal, output, operator } = start(command)
      const service = await operator()
      const signal = terminal.stopping
      const { tenant, since, until } = given
      const query = { ...(tenant && { tenant }), ...(since && { since }), ...(until && { until }) }
      if (given.csv) return output.text(await service.admin.usage.csv(query, { signal }))
      const found = await readList(({ limit }) => service.admin.usage.list({ ...query, limit }, { signal }), given)
      output.list(
        found,
        [{ title: 'TENANT', of: ({ tenantId }) => tenantId ?? '' }, ...usageColumns],
        'Nobody has used anything.',
      )
      noteMore(output, found, given)
    },
  )
  return admin
}

function tenantColumns(nowMs: number): Column<Tenant>[] {
  return [
    { title: 'TENANT', of: ({ id }) => id },
    { title: 'NAME', of: ({ name }) => name, cuttable: true },
    { title: 'STATE', of: ({ state }) => state, spare: 1 },
    { title: 'WEIGHT', of: ({ weight }) => weight, right: true, spare: 3 },
    { title: 'CREATED', of: ({ createdAt }) => momentText(createdAt, nowMs), spare: 2 },
  ]
}

function workerColumns(nowMs: number): Column<Worker>[] {
  return [
    { title: 'WORKER', of: ({ id }) => id },
    { title: 'STATE', of: ({ state }) => state },
    { title: 'RUNNING', of: ({ running, slots }) => `${running} of ${slots}`, right: true },
    { title: 'HOST', of: ({ host }) => host, spare: 1, cuttable: true },
    { title: 'VERSION', of: ({ version }) => version, spare: 3 },
    { title: 'SEEN', of: ({ lastSeenAt }) => momentText(lastSeenAt, nowMs), spare: 2 },
  ]
}
