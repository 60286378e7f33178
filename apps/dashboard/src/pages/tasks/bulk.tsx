import type { Task } from '@backhaul/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { announce } from '../../announce.ts'
import { opened } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { count, plural } from '../../rules/format.ts'
import { inParallel } from '../../rules/in-parallel.ts'
import { canBe, type Verb, verbNames, verbs } from '../../rules/task-verbs.ts'
import { act } from '../../task-verbs.ts'

/** So many calls are in the air. */
const atOnce = 6

interface Result {
  id: string
  /** Null: done. */
  failure: string | null
  /** Of a retry: the task that was made. */
  made: string | null
}
interface Run {
  verb: Verb
  total: number
  results: readonly Result[]
  isOver: boolean
}

interface Options {
  tasks: readonly Task[]
  clear(): void
}

/** What can be done with the rows that are selected; for each of them it is told what came of it. */
export function Bulk({ tasks, clear }: Options) {
  const [asked, ask] = useState<Verb | null>(null)
  const [run, setRun] = useState<Run | null>(null)
  const stop = useRef<AbortController | null>(null)
  const queries = useQueryClient()
  const fits = (verb: Verb) => tasks.filter(({ state }) => canBe(verb, state))

  const start = async (verb: Verb) => {
    const those = fits(verb)
    const over = new AbortController()
    stop.current = over
    ask(null)
    const results: Result[] = []
    const show = (isOver: boolean) => setRun({ verb, total: those.length, results: [...results], isOver })
    show(false)
    await inParallel(those, atOnce, over.signal, async ({ id }) => {
      results.push(await doing(verb, id))
      show(false)
    })
    show(true)
    announce(
      `${verbs[verb].words}: ${count(results.filter(({ failure }) => failure === null).length)} of ${plural(those.length, 'task')} done`,
    )
    clear()
    await queries.invalidateQueries({ queryKey: ['live'] })
  }

  if (run) return <Results run={run} stop={() => stop.current?.abort()} close={() => setRun(null)} />
  if (tasks.length === 0) return null
  const chosen = asked && fits(asked).length > 0 ? asked : null
  return (
    <section
      aria-label="Selected tasks"
      className="sticky top-0 z-20 mb-4 rounded-xl border border-(--line) bg-(--card) p-3 shadow-md"
    >
      <div className="flex flex-wrap items-center gap-2">
        <span className="mr-2 font-medium tabular-nums">{count(tasks.length)} selected</span>
        {verbNames.map((verb) => (
          <Button key={verb} disabled={fits(verb).length === 0} onClick={() => ask(verb)}>
            {verbs[verb].words} <span className="text-(--quiet) tabular-nums">{count(fits(verb).length)}</span>
          </Button>
        ))}
        <Button onClick={clear}>Select none</Button>
      </div>
      {chosen ? (
        <fieldset
          key={chosen}
          ref={opened}
          aria-label={verbs[chosen].words}
          className="mt-3 rounded-lg bg-(--track) p-3"
        >
          <p className="mb-2">
            {verbs[chosen].words} {plural(fits(chosen).length, 'task')}. Of each: {verbs[chosen].says}
            {fits(chosen).length < tasks.length
              ? ` ${plural(tasks.length - fits(chosen).length, 'selected task')} cannot be, and stay as they are.`
              : ''}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button kind={verbs[chosen].isFinal ? 'danger' : 'main'} onClick={() => start(chosen)}>
              {verbs[chosen].words} {plural(fits(chosen).length, 'task')}
            </Button>
            <Button onClick={() => ask(null)}>Leave them</Button>
          </div>
        </fieldset>
      ) : null}
    </section>
  )
}

async function doing(verb: Verb, id: string): Promise<Result> {
  try {
    const task = await act(verb, id)
    return { id, failure: null, made: task.id === id ? null : task.id }
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error), made: null }
  }
}

function Results({ run, stop, close }: { run: Run; stop(): void; close(): void }) {
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
