import { Link } from 'wouter'
import type { BulkRun } from '../../bulk-run.tsx'
import { opened } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { count, plural } from '../../rules/format.ts'
import { verbs } from '../../rules/task-verbs.ts'

/** How far it is, with a way to stop it; then what came of each task. */
export function BulkResults({ run, stop, close }: { run: BulkRun; stop(): void; close(): void }) {
  const { verb, total, results, isOver } = run
  const failed = results.filter(({ failure }) => failure !== null).length
  return (
    <section ref={opened} aria-label="Results" className="mb-4 rounded-xl border border-(--line) bg-(--card) p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="tabular-nums">
          <span className="font-medium">{verbs[verb].words}: </span>
          {count(results.length - failed)} of {plural(total, 'task')} done
          {failed > 0 ? `, ${count(failed)} refused` : ''}
          {isOver && results.length < total ? `, ${count(total - results.length)} left as they were` : ''}
        </p>
        {isOver ? <Button onClick={close}>Close</Button> : <Button onClick={stop}>Stop</Button>}
      </div>
      {isOver ? null : (
        <div className="mt-2">
          <ProgressBar fraction={results.length / Math.max(1, total)} name="done" />
        </div>
      )}
      {isOver ? (
        <details open={failed > 0} className="mt-2">
          <summary className="cursor-pointer text-(--quiet)">Task by task</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
          <ul tabIndex={0} aria-label="Task by task" className="mt-2 max-h-60 space-y-1 overflow-y-auto">
            {results
              .toSorted((a, b) => Number(b.failure !== null) - Number(a.failure !== null))
              .map(({ id, failure, made }) => (
                <li key={id} className="flex flex-wrap gap-x-3">
                  <Link href={`/tasks/${id}`} className="font-mono text-xs leading-5 underline">
                    {id}
                  </Link>
                  <span className="wrap-anywhere">
                    {failure ?? 'done'}
                    {made ? (
                      <>
                        :{' '}
                        <Link href={`/tasks/${made}`} className="underline">
                          the new task
                        </Link>
                      </>
                    ) : null}
                  </span>
                </li>
              ))}
          </ul>
        </details>
      ) : null}
    </section>
  )
}
