import type { Task } from '@backhaul/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'
import { announce } from './announce.ts'
import { count, plural } from './rules/format.ts'
import { inParallel } from './rules/in-parallel.ts'
import { type Verb, verbs } from './rules/task-verbs.ts'
import { act } from './task-verbs.ts'

/** So many calls are in the air. */
const atOnce = 6

interface Result {
  id: string
  /** Null: done. */
  failure: string | null
  /** Of a retry: the task that was made. */
  made: string | null
}

/** One thing that is done to many tasks. */
export interface BulkRun {
  verb: Verb
  total: number
  results: readonly Result[]
  isOver: boolean
}

interface Bulk {
  run: BulkRun | null
  start(verb: Verb, tasks: readonly Task[]): Promise<void>
  stop(): void
  close(): void
}

const Context = createContext<Bulk | null>(null)

export function useBulkRun(): Bulk {
  const bulk = useContext(Context)
  if (bulk === null) throw new Error('There is no BulkRunProvider around it.')
  return bulk
}

/** Around every page: what was begun goes on when its page or its filter is left, and is stopped when whoever began it signs out. */
export function BulkRunProvider({ children }: { children: ReactNode }) {
  const [run, setRun] = useState<BulkRun | null>(null)
  const over = useRef<AbortController | null>(null)
  const queries = useQueryClient()
  useEffect(() => () => over.current?.abort(), [])

  const start = async (verb: Verb, tasks: readonly Task[]) => {
    const stopped = new AbortController()
    over.current = stopped
    const results: Result[] = []
    const show = (isOver: boolean) => setRun({ verb, total: tasks.length, results: [...results], isOver })
    show(false)
    await inParallel(tasks, atOnce, stopped.signal, async ({ id }) => {
      results.push(await doing(verb, id))
      show(false)
    })
    show(true)
    const done = results.filter(({ failure }) => failure === null).length
    announce(`${verbs[verb].words}: ${count(done)} of ${plural(tasks.length, 'task')} done`)
    await queries.invalidateQueries({ queryKey: ['live'] })
  }

  return (
    <Context value={{ run, start, stop: () => over.current?.abort(), close: () => setRun(null) }}>{children}</Context>
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
