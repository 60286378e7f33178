/**
 * What a migration may not do while processes of the version before work on the same tables (expand and contract): break what
 * they read or write, or keep them waiting. Findings come from Squawk (squawk.ts) and from the table of statements here.
 */

/** A place in a migration that a rule is about. */
export interface Finding {
  /** From 1. */
  line: number
  rule: string
}

/** Advice by rule; Squawk's rules have its names. A finding of another rule of Squawk is about style and is left out. */
const advice = {
  'adding-field-with-default': 'rewrites the table: take a constant as the default, and fill in the rest in batches',
  'adding-foreign-key-constraint':
    'locks two tables while it reads one: add it NOT VALID, validate it in the next release',
  'adding-not-nullable-field':
    'reads the whole table under a lock, and older code may write NULL: add a CHECK NOT VALID first',
  'adding-required-field': 'fails on a table with rows, and for older code: give it a default',
  'adding-serial-primary-key-field': 'builds an index under a lock that stops everything',
  'ban-drop-column': 'older code still uses it: stop using it in one release, drop it in the next',
  'ban-drop-database': 'never',
  'ban-drop-not-null': 'older code may not expect NULL: first a release that reads it',
  'ban-drop-table': 'older code still uses it: stop using it in one release, drop it in the next',
  'ban-truncate-cascade': 'removes rows of other tables',
  'changing-column-type': 'rewrites the table under a lock that stops everything: add another column',
  'constraint-missing-not-valid':
    'reads the whole table under a lock: add it NOT VALID, validate it in the next release',
  'disallowed-unique-constraint': 'builds an index under a lock that stops everything',
  'renaming-column': 'older code uses the old name: add another column',
  'renaming-table': 'older code uses the old name: add another table',
  'require-concurrent-index-creation':
    'stops writes while the index is built: IF NOT EXISTS here, and CONCURRENTLY by hand before the upgrade of a large table',
  'require-concurrent-index-deletion': 'older code may need it, and statements wait for its lock',
  'syntax-error': 'cannot be read, so nothing behind it is checked',
  'changing-default': 'older code leaves the column out and relies on it',
  'whole-table': 'holds rows or the table until all migrations are committed: say why those are few',
  'unread-block': 'is code that this check cannot read: write statements',
  'unreasoned-exception': 'has no reason: -- Allowed (rule): why it harms nobody',
  'unused-exception': 'allows what the next statement does not do',
} as const satisfies Record<string, string>

/** What Squawk has no rule for, by how the statement begins. The group is the table, where it matters whether it is new. */
const statements: [start: RegExp, rule: keyof typeof advice][] = [
  [/^(?:update|delete\s+from|truncate(?:\s+table)?|lock(?:\s+table)?|cluster)\s+(?:only\s+)?"?(\w+)/i, 'whole-table'],
  [/^vacuum\s+\(?full/i, 'whole-table'],
  [
    /^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?"?(\w+)[\s\S]*\balter\s+(?:column\s+)?\S+\s+(?:drop|set)\s+default/i,
    'changing-default',
  ],
  [/^do\b/i, 'unread-block'],
]

const exception = /^\s*--\s*Allowed \(([\w-]+)\)(?::\s*(\S.*))?/

/**
 * One sentence for each finding that no exception allows: a comment `-- Allowed (rule): reason` between the statement and the
 * one before. `found` is what Squawk has found in it.
 */
export function brokenMigrationRules(sql: string, found: readonly Finding[]): string[] {
  const known = found.filter(({ rule }) => rule in advice)
  const parts = statementsOf(sql)
  const findings = [...known, ...parts.flatMap((part) => ownFindings(part, parts))]
  const judged = parts.flatMap((part) => {
    const own = findings.filter(({ line }) => line >= part.from && line <= part.to)
    const allowed = exceptionsOf(sql, part)
    return [
      ...own.filter(({ rule }) => !allowed.some((each) => each.rule === rule)),
      ...allowed.filter(({ reason }) => reason === null).map(({ line }) => ({ line, rule: 'unreasoned-exception' })),
      ...allowed
        .filter(({ rule }) => !own.some((each) => each.rule === rule))
        .map(({ line }) => ({ line, rule: 'unused-exception' })),
    ]
  })
  const outside = findings.filter(({ line }) => !parts.some(({ from, to }) => line >= from && line <= to))
  const sentences = [...judged, ...outside]
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, rule }) => `line ${line}: ${rule}: ${advice[rule as keyof typeof advice]}`)
  return [...new Set(sentences)]
}

interface Statement {
  /** Without comments, and with empty strings. */
  text: string
  /** Its lines, comments before it included. */
  from: number
  to: number
}

function ownFindings({ text, to }: Statement, all: readonly Statement[]): Finding[] {
  return statements.flatMap(([start, rule]) => {
    const match = start.exec(text)
    if (!match || (match[1] !== undefined && isNew(match[1], all))) return []
    return [{ line: to, rule }]
  })
}

/** Nobody waits for a table that the same migration creates. */
function isNew(table: string, all: readonly Statement[]): boolean {
  return all.some(({ text }) => /^create\s+table\s+(?:if\s+not\s+exists\s+)?"?(\w+)/i.exec(text)?.[1] === table)
}

/** Divides at semicolons outside strings, quoted code and comments. */
function statementsOf(sql: string): Statement[] {
  const emptied = sql.replace(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g, (text) =>
    text.replace(/[^\n]/g, ' '),
  )
  let line = 1
  return emptied.split(';').flatMap((text) => {
    // What stands behind a semicolon in its line belongs to that statement.
    const from = line === 1 ? 1 : line + 1
    line += text.split('\n').length - 1
    const trimmed = text.trim()
    return trimmed === '' ? [] : [{ text: trimmed, from: Math.min(from, line), to: line }]
  })
}

function exceptionsOf(sql: string, { from, to }: Statement): { line: number; rule: string; reason: string | null }[] {
  return sql
    .split('\n')
    .slice(from - 1, to)
    .flatMap((text, n) => {
      const match = exception.exec(text)
      return match ? [{ line: from + n, rule: match[1]!, reason: match[2] ?? null }] : []
    })
}
