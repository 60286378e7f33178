import { withGenerated } from './generated-part.ts'
import { logEvents } from './log-events.ts'

/** The document with the list of all events of the log as its generated part. */
export function operationsDocument(old: string): string {
  const rows = new Map<string, string[]>()
  for (const { event, level, fields, message } of logEvents()) {
    const [levels = level] = rows.get(event) ?? []
    const all = levels.includes(level) ? levels : `${levels}, ${level}`
    rows.set(event, [all, fields.map((field) => (field === '…' ? field : `\`${field}\``)).join(', '), message])
  }
  const lines = [...rows].map(
    ([event, [levels, fields, message]]) => `| \`${event}\` | ${levels} | ${fields} | ${message} |`,
  )
  const table = ['| event | level | fields | message |', '|---|---|---|---|', ...lines].join('\n')
  return withGenerated(old, 'the calls of the log in apps and packages', table)
}
