import type { List } from '@backhaul/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import type { Output } from './output.ts'

export interface ListOptions {
  limit: number
  all?: true
}

/** `--limit` and `--all`, for lists that may be long. */
export function withListOptions(command: Command): Command {
  return command.option('--limit <number>', 'how many at most', readCount, 50).option('--all', 'all of them')
}

/** As many as were asked for, in pages. */
export async function readList<Item>(
  list: (query: { limit: number }) => List<Item, { data: Item[]; nextCursor: string | null }>,
  { limit, all }: ListOptions,
): Promise<Item[]> {
  const count = all ? Number.POSITIVE_INFINITY : limit
  return await list({ limit: Math.min(200, count) }).toArray(count)
}

/** Says that there may be more, so that nobody takes the beginning for all. */
export function noteMore(output: Output, found: readonly unknown[], { limit, all }: ListOptions): void {
  if (!all && found.length === limit) output.note(`These are the first ${found.length}: --limit or --all shows more.`)
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}
