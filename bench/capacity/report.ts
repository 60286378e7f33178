/** What was measured, and plans for two loads, as a document. */
import { cpus } from 'node:os'
import { type Cpu, type Load, type Plan, planFor, type Sizing, simulateWaits, type UnitCosts } from './plan.ts'

/** Half of a core on average: peaks are twice the mean. Connections: docs/postgresql.md. */
export const sizing: Sizing = {
  busyShare: 0.5,
  slotShare: 0.7,
  slotsPerWorker: 64,
  connections: { api: 41, worker: 41 },
}

const kib = 1024
const [mib, gib, tib] = [kib ** 2, kib ** 3, kib ** 4]

/** Loads that docs/capacity.md works out. */
const loads: readonly { name: string; load: Load }[] = [
  {
    name: '1,000,000 tasks an hour: files of 100 KiB, three webhooks a task, half a second from the origin, kept for 30 days',
    load: {
      tasksPerSecond: 1e6 / 3_600,
      bytes: 100 * kib,
      webhooksPerTask: 3,
      secondsPerTransfer: 0.5,
      retentionDays: 30,
    },
  },
  {
    name: '100 TiB a day: files of 1 GiB, three webhooks a task, at 20 MiB/s from the origin, kept for 30 days',
    load: {
      tasksPerSecond: (100 * 1024) / 86_400,
      bytes: gib,
      webhooksPerTask: 3,
      secondsPerTransfer: gib / (20 * mib),
      retentionDays: 30,
    },
  },
]

interface Facts {
  webhooksPerTask: number
  /** Resident bytes; null: unknown. */
  peaks: { api: number | null; worker: number | null }
  server: string
}

export function costTable(costs: UnitCosts, { webhooksPerTask, peaks, server }: Facts): string {
  const cpu = ({ api, worker, postgres, redis }: Cpu) => [api, worker, postgres, redis].map((ms) => ms.toFixed(2))
  const row = (...cells: string[]) => `| ${cells.join(' | ')} |`
  const sizes = (each: { databaseBytes: number; walBytes: number; rows: number }) => [
    bytesText(each.databaseBytes),
    bytesText(each.walBytes),
    each.rows.toFixed(1),
  ]
  return `# Capacity

Made by \`npx -c 'node bench/capacity.ts'\` on one machine with everything on it (${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores; ${server}).
The formula and what it means: [docs/capacity.md](../../docs/capacity.md).

| cost of | API, CPU ms | worker, CPU ms | PostgreSQL, CPU ms | Redis, CPU ms | database | WAL | rows |
|---|---|---|---|---|---|---|---|
${row('a task (small file, created in a batch)', ...cpu(costs.task.cpu), ...sizes(costs.task))}
${row('a webhook that is acknowledged', ...cpu(costs.webhook.cpu), ...sizes(costs.webhook))}
${row('a GiB to S3', ...cpu(costs.gib.cpu), '–', bytesText(costs.gib.walBytes), '–')}
${row('a second of rest', ...cpu(costs.idle), '–', '–', '–')}

A task had ${webhooksPerTask.toFixed(1)} webhooks, its client being in the foreground. Resident at most: API ${memoryText(peaks.api)}, worker ${memoryText(peaks.worker)}.
`
}

export function workedLoads(costs: UnitCosts): string {
  return loads
    .map(({ name, load }) => {
      const plan = planFor(load, costs, sizing)
      // What comes at random waits even where places are left.
      const waits = simulateWaits(load, plan.workers * sizing.slotsPerWorker, 200_000, Math.random)
      return `\n## ${name}\n\n${describePlan(plan)}
A simulation of these workers' places, with tasks that come at random: half of them wait ${waits.p50.toFixed(2)} s for a place, 99 of 100 at most ${waits.p99.toFixed(2)} s.\n`
    })
    .join('')
}

export function describePlan(plan: Plan): string {
  const lines = [
    ['API processes', `${plan.apis}`],
    [
      'worker processes',
      `${plan.workers} of ${sizing.slotsPerWorker} places, for their ${plan.workersFor === 'cpu' ? 'CPU' : 'places'}`,
    ],
    ['transfers at once', `${Math.round(plan.slots * sizing.slotShare)}`],
    [
      'PostgreSQL',
      `${plan.postgresCores.toFixed(1)} cores, at most ${plan.connections} connections, WAL ${bytesText(plan.walBytesPerSecond)}/s`,
    ],
    ['database', bytesText(plan.databaseBytes)],
    ['Redis', `${plan.redisCores.toFixed(2)} cores`],
    ['network', `${bytesText(plan.bytesPerSecond)}/s in, and as much out`],
  ]
  return `| | |\n|---|---|\n${lines.map(([what, how]) => `| ${what} | ${how} |`).join('\n')}\n`
}

const memoryText = (bytes: number | null) => (bytes === null ? 'unknown' : `${Math.round(bytes / mib)} MiB`)

function bytesText(bytes: number): string {
  const [unit, name] = (
    [
      [tib, 'TiB'],
      [gib, 'GiB'],
      [mib, 'MiB'],
      [kib, 'KiB'],
    ] as const
  ).find(([size]) => bytes >= size) ?? [1, 'B']
  return `${(bytes / unit).toFixed(1)} ${name}`
}
