/** The report of bench/transfer.ts: one table for the terminal and for Markdown. */
import { cpus, totalmem } from 'node:os'
import { GiB, MiB, sizeName } from './test-files.ts'
import { bases, contenders, type Row, type Verdict, variants } from './transfer-figures.ts'

interface Report {
  rows: readonly Row[]
  verdicts: readonly Verdict[]
  runs: number
  /** Origin and storage. */
  servers: string
  versions: readonly string[]
  absent: readonly string[]
  /** Share of the runs that began while others used the machine. */
  disturbed: number
}

const head = ['', 'wall s', 'MiB/s', 'CPU s', 'peak MiB', '× throughput', '× CPU']

function cells(row: Row, title: string): string[] {
  const ratio = (number: number | null) => number?.toFixed(2) ?? '–'
  return [
    labelOf(row, title),
    row.wallSeconds.toFixed(2),
    (row.size / MiB / row.wallSeconds).toFixed(0),
    row.cpuSeconds.toFixed(2),
    (row.peakBytes / MiB).toFixed(0),
    ratio(row.speed),
    ratio(row.cpu),
  ]
}

/** Rows that are compared with each other, under their title; the base is among them, also when it is of another variant. */
export function groups(rows: readonly Row[]): { title: string; rows: Row[] }[] {
  const found = Map.groupBy(rows, ({ size, variant }) => `${sizeName(size)} ${variants[variant]}`)
  return [...found].map(([title, rows]) => ({ title, rows: [...otherBase(rows[0]!), ...rows] }))

  function otherBase({ size, variant }: Row): Row[] {
    const base = bases[variant]
    if (base.variant === variant) return []
    return rows.filter((row) => row.size === size && row.variant === base.variant && row.contender === base.contender)
  }
}

/** A row's name in a group; marks the base of another variant, which does less work. */
export function labelOf(row: Row, title: string): string {
  return `${contenders[row.contender]}${title.endsWith(variants[row.variant]) ? '' : ', unchecked'}`
}

export function tableText({ rows, verdicts, disturbed }: Report): string {
  const line = (texts: readonly string[]) =>
    texts.map((text, n) => (n === 0 ? text.padEnd(28) : text.padStart(13))).join('')
  const tables = groups(rows).map((group) =>
    [
      line([group.title, ...head.slice(1)]),
      ...group.rows.map((row) => `${line(cells(row, group.title))}${aside(row)}`),
    ].join('\n'),
  )
  const warning = disturbed > 0.1 ? [`${(disturbed * 100).toFixed(0)} % of the runs began on a busy machine`] : []
  const judged = verdicts.filter(({ reached }) => reached !== null)
  const left = verdicts.length - judged.length
  const words = judged.map((verdict) => `${mark(verdict)} ${verdict.what}`)
  if (left > 0) words.push(`${left} of ${verdicts.length} figures are not measured in this run`)
  return [...tables, ...warning, words.join('\n')].join('\n\n')
}

export function tableMarkdown(report: Report): string {
  const { rows, verdicts, runs, servers, versions, absent, disturbed } = report
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`
  const tables = groups(rows).map((group) =>
    [
      `## ${group.title}\n`,
      line(head),
      line(head.map((_, n) => (n === 0 ? '---' : '--:'))),
      ...group.rows.map((row) => line(cells(row, group.title).map((text) => text.replaceAll('|', '\\|')))),
    ].join('\n'),
  )
  return `# Transfers beside others

Made by \`npx -c 'node bench/transfer.ts'\`: everybody in turn, ${runs} ${runs === 1 ? 'round' : 'rounds'}, medians. Everything on one
machine (${cpus().length} cores, ${Math.round(totalmem() / GiB)} GiB), so origin and storage take their part of it: compare within the tables only.

- Origin and storage: ${servers}. Node ${process.version.slice(1)}, ${versions.join(', ')}.${absent.length > 0 ? ` Not installed: ${absent.join(', ')}.` : ''}
- CPU is user and system time of the client and its children; peak is resident memory, summed over processes.
- × throughput and × CPU are against rclone, on disk against aria2c. rclone has no SHA-256 to check: there it is the one without.
- Node programs are measured from where they are ready, as in a worker, which starts once${starting(rows)}.
- Whole service: from the client's POST until its waiting GET returns; CPU and memory of API and worker together${database(rows)}.
- What was stored was fetched and compared (size, SHA-256) once for each line.${disturbed > 0.1 ? `\n- ${(disturbed * 100).toFixed(0)} % of the runs began while something else used the machine: the figures are rough.` : ''}

${tables.join('\n\n')}

## Figures

${verdicts.map((verdict) => `- ${mark(verdict)}: ${verdict.what}`).join('\n')}
`
}

function mark({ reached }: Verdict): string {
  return reached === null ? 'not measured' : reached ? 'reached' : 'MISSED'
}

function aside({ startCpuSeconds, postgresSeconds }: Row): string {
  if (startCpuSeconds !== null) return `   (start: ${startCpuSeconds.toFixed(2)} s CPU)`
  return postgresSeconds === null ? '' : `   (PostgreSQL: ${postgresSeconds.toFixed(2)} s CPU)`
}

function starting(rows: readonly Row[]): string {
  const most = Math.max(...rows.map((row) => row.startCpuSeconds ?? 0))
  return most === 0 ? '' : `; the start takes ${most.toFixed(1)} s CPU at most`
}

function database(rows: readonly Row[]): string {
  const most = Math.max(...rows.map((row) => row.postgresSeconds ?? 0))
  return most === 0 ? '' : `; PostgreSQL takes up to ${most.toFixed(2)} s more`
}
