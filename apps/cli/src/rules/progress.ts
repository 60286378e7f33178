import { columnsOf, cut, oneLine } from './plain-text.ts'
import { bytesText, countText, durationText } from './quantities.ts'

/** A file on its way: first to the service, then to this machine. */
export interface Transfer {
  name: string
  phase: 'waiting' | 'fetching' | 'saving' | 'done' | 'failed'
  /** Bytes of the phase. */
  received: number
  /** Null: nobody knows. */
  total: number | null
  bytesPerSecond: number | null
  /** What it waits for. */
  note?: string | undefined
}

const barColumns = 20

/**
 * The lines for a terminal of that size: `title` or, for several, the total by bytes; the files on their way; and how many more there are.
 */
export function progressLines(transfers: readonly Transfer[], columns: number, rows: number, title?: string): string[] {
  if (transfers.length === 1 && title === undefined) return [transferLine(transfers[0]!, columns)]
  const order = { saving: 0, fetching: 1, waiting: 2, done: 3, failed: 3 }
  const open = transfers
    .filter(({ phase }) => phase !== 'done' && phase !== 'failed')
    .toSorted((a, b) => order[a.phase] - order[b.phase])
  // The total, the rest and the line of the cursor.
  const room = Math.max(1, rows - 3)
  const shown = open.length <= room + 1 ? open : open.slice(0, room)
  const rest = open.length - shown.length
  return [
    title === undefined ? totalLine(transfers, columns) : cut(oneLine(title), columns),
    ...shown.map((transfer) => transferLine(transfer, columns)),
    ...(rest > 0 ? [`and ${rest.toLocaleString('en-US')} more`] : []),
  ]
}

/** All of it in one line; also what is written now and then where there is no terminal. */
export function totalLine(transfers: readonly Transfer[], columns = Number.POSITIVE_INFINITY): string {
  const ended = transfers.filter(({ phase }) => phase === 'done' || phase === 'failed')
  const count = (phase: Transfer['phase']) => transfers.filter((transfer) => transfer.phase === phase).length
  const received = transfers.reduce((sum, one) => sum + (one.phase === 'waiting' ? 0 : one.received), 0)
  const totals = transfers.map(({ total }) => total)
  const total = totals.includes(null) ? null : totals.reduce<number>((sum, bytes) => sum + bytes!, 0)
  const rate = transfers.reduce(
    (sum, { phase, bytesPerSecond }) => sum + (isMoving(phase) ? (bytesPerSecond ?? 0) : 0),
    0,
  )
  const failed = count('failed')
  return fit(
    [
      `${ended.length} of ${countText(transfers.length, 'file')}`,
      total === null ? bytesText(received) : `${bytesText(received)} of ${bytesText(total)}`,
      rate > 0 && `${bytesText(rate)}/s`,
      failed > 0 && `${failed} failed`,
      ...(['fetching', 'saving', 'waiting'] as const).map((phase) => count(phase) > 0 && `${count(phase)} ${phase}`),
    ],
    ' · ',
    columns,
  )
}

/** One file: what has little worth is left out first where there is little room. */
export function transferLine(transfer: Transfer, columns: number): string {
  const { name, phase, received, total, bytesPerSecond, note } = transfer
  const plain = oneLine(name)
  if (phase === 'waiting') return cut([cut(plain, 30), 'waiting', ...(note ? [oneLine(note)] : [])].join('  '), columns)
  const fraction = total ? Math.min(1, received / total) : null
  const left =
    bytesPerSecond && total && isMoving(phase) && received < total ? (total - received) / bytesPerSecond : null
  const parts: [worth: number, text: string | false | null][] = [
    [9, cut(plain, Math.max(8, Math.min(30, columns - 24)))],
    [8, phase],
    [2, fraction !== null && bar(fraction)],
    [7, fraction !== null && `${Math.floor(fraction * 100)} %`],
    [5, total === null || received === total ? bytesText(received) : `${bytesText(received)} of ${bytesText(total)}`],
    [6, bytesPerSecond !== null && isMoving(phase) && `${bytesText(bytesPerSecond)}/s`],
    [4, left !== null && `${durationText(left)} left`],
  ]
  let given = parts.filter((part): part is [number, string] => Boolean(part[1]))
  const line = () => given.map(([, text]) => text).join('  ')
  while (given.length > 1 && columnsOf(line()) > columns) {
    const least = Math.min(...given.map(([worth]) => worth))
    given = given.filter(([worth]) => worth !== least)
  }
  return cut(line(), columns)
}

function isMoving(phase: Transfer['phase']): boolean {
  return phase === 'fetching' || phase === 'saving'
}

function bar(fraction: number): string {
  const full = Math.round(fraction * barColumns)
  return `[${'='.repeat(full)}${' '.repeat(barColumns - full)}]`
}

/** As many of the texts as there is room for. */
function fit(texts: readonly (string | false | null | undefined)[], between: string, columns: number): string {
  let line = ''
  for (const text of texts.filter((text): text is string => Boolean(text))) {
    const longer = line === '' ? text : line + between + text
    if (columnsOf(longer) > columns) break
    line = longer
  }
  return line === '' ? cut(texts.find(Boolean) || '', columns) : line
}
