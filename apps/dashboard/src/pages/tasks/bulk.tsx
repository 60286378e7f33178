import type { Task } from '@backhaul/sdk'
import { useState } from 'react'
import { useBulkRun } from '../../bulk-run.tsx'
import { opened } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { count, plural } from '../../rules/format.ts'
import { canBe, type Verb, verbNames, verbs } from '../../rules/task-verbs.ts'

interface Options {
  tasks: readonly Task[]
  clear(): void
}

/** What can be done with the rows that are selected. What comes of it is told above every page, because it goes on when these rows are gone. */
export function Bulk({ tasks, clear }: Options) {
  const [asked, ask] = useState<Verb | null>(null)
  const { run, start } = useBulkRun()
  const fits = (verb: Verb) => tasks.filter(({ state }) => canBe(verb, state))
  const begin = (verb: Verb) => {
    ask(null)
    clear()
    void start(verb, fits(verb))
  }

  const chosen = asked && fits(asked).length > 0 ? asked : null
  // It does not come back by itself when other tasks are selected.
  if (asked && !chosen) ask(null)
  // One after the other: the next is chosen when this one is over.
  if (run && !run.isOver) return null
  if (tasks.length === 0) return null
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
            <Button kind={verbs[chosen].isFinal ? 'danger' : 'main'} onClick={() => begin(chosen)}>
              {verbs[chosen].words} {plural(fits(chosen).length, 'task')}
            </Button>
            <Button onClick={() => ask(null)}>Leave them</Button>
          </div>
        </fieldset>
      ) : null}
    </section>
  )
}
