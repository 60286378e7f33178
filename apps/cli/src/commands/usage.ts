import { Command } from 'commander'
import type { Start } from '../context.ts'
import { limitColumns, usageColumns, usageRows } from '../rules/usage-table.ts'

/** `backhaul usage`. */
export function usageCommand(start: Start): Command {
  return new Command('usage')
    .description('What your tenant has used by day, or its limits.')
    .option('--hours', 'by hour')
    .option('--since <time>', 'from then on (RFC 3339; default: 30 days, by hours 2 days)')
    .option('--until <time>', 'up to then')
    .option('--limits', 'every limit, and what is used of it')
    .action(async (given: { hours?: true; since?: string; until?: string; limits?: true }, command: Command) => {
      const { terminal, output, client } = start(command)
      const service = await client()
      const signal = terminal.stopping
      if (given.limits) {
        const { data } = await service.limits.list({ signal })
        return output.list(data, limitColumns, '')
      }
      const { hours, since, until } = given
      const query = { step: hours ? 'hour' : 'day', ...(since && { since }), ...(until && { until }) } as const
      const usage = await service.usage.get(query, { signal })
      if (output.json) output.record(usage)
      else output.list(usageRows(usage.data, usage.totals), usageColumns, 'Nothing was used in that time.')
    })
}
