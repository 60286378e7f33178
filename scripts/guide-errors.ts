import { fixes } from '#api/http/fixes.ts'
import { type ProblemCode, problems } from '#core/kernel/rules/errors.ts'
import { type RetryClass, taskErrors } from '#core/tasks/rules/task-error.ts'
import { withGenerated } from './generated-part.ts'

const retries: Record<RetryClass, string> = {
  permanent: 'no',
  suspect: 'five attempts',
  transient: 'until the deadline',
}

/** The page with every problem code, one heading each, and every error of a task as its generated part. */
export function guideErrors(old: string): string {
  const codes = (Object.keys(problems) as ProblemCode[]).map((code) => {
    const { status, title } = problems[code]
    return `### \`${code}\`\n\n**HTTP ${status}.** ${title}.\n\n*Fix:* ${fixes[code]}`
  })
  const errors = Object.entries(taskErrors).map(
    ([name, { domain, code, class: retryClass }]) =>
      // As clients see it (taskError): Apple has one name for both time limits.
      `| \`${name === 'deadline_exceeded' ? 'timedOut' : name}\` | \`${domain}\` | ${code} | ${retries[retryClass]} |`,
  )
  const table = ['| `name` | `domain` | `code` | retried |', '|---|---|---|---|', ...errors].join('\n')
  const text = [
    '## Problems',
    ...codes,
    '## Errors of tasks',
    "What `error` of a failed task, or of its last attempt, can name. Numbers and names of `NSURLErrorDomain` are Apple's.",
    table,
  ].join('\n\n')
  return withGenerated(old, 'the tables of problems and of task errors', text)
}
