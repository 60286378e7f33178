import type { Host } from '@backhaul/sdk'
import { Link } from 'wouter'
import type { Column } from '../../parts/table.tsx'
import { count, ofWhole, rate } from '../../rules/format.ts'

/** Of those that are well. */
export function hostColumns(open: (host: string) => void, opened: string | null): Column<Host>[] {
  return [
    {
      name: 'Host',
      cell: ({ host }) => (
        <button
          type="button"
          data-row
          aria-expanded={host === opened}
          onClick={() => open(host)}
          className="block max-w-full cursor-pointer truncate text-left hover:underline"
          title={host}
        >
          {host}
        </button>
      ),
    },
    {
      name: 'Waiting',
      className: 'w-20 text-right',
      cell: ({ host, waitingTasks }) => (
        <Link href={`/tasks?host=${encodeURIComponent(host)}&state=waiting`} className="tabular-nums underline">
          {count(waitingTasks)}
        </Link>
      ),
    },
    {
      name: 'Connections',
      className: 'w-28 text-right tabular-nums',
      cell: ({ connections: { yours, limit } }) => ofWhole(yours, limit),
    },
    {
      name: 'One transfer',
      className: 'hidden w-28 text-right tabular-nums sm:table-cell',
      cell: ({ bytesPerSecond }) => rate(bytesPerSecond),
    },
  ]
}
