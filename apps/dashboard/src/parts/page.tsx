import { type ReactNode, useEffect, useState } from 'react'
import { Failure } from './failure.tsx'

interface Options {
  title: string
  /** When the heading is not the title, or not set like it: an id. */
  heading?: ReactNode
  /** Beside the heading: what can be done here. */
  aside?: ReactNode
  /** Of the questions that the page asks: the first that failed is told. */
  asked?: readonly { error: unknown; isLoading?: boolean; refetch(): unknown }[]
  children: ReactNode
}

/** The title of the tab, the heading, and what went wrong. What was there before stays beside it. */
export function Page({ title, heading, aside, asked = [], children }: Options) {
  useTitle(title)
  const error = asked.find((each) => each.error)?.error
  const isLate = useIsLate(asked.some(({ isLoading }) => isLoading))
  return (
    <>
      <header className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="min-w-0 text-lg font-semibold wrap-anywhere">{heading ?? title}</h1>
        {aside ? <div className="flex flex-wrap items-center gap-2">{aside}</div> : null}
      </header>
      {error ? (
        <div className="mb-4">
          <Failure error={error} retry={() => Promise.all(asked.map((each) => each.refetch()))} />
        </div>
      ) : null}
      {isLate && !error ? (
        <p role="status" className="mb-4 text-(--quiet)">
          The service has not answered yet.
        </p>
      ) : null}
      {children}
    </>
  )
}

/** What takes longer than this is told: less would only flicker. */
const lateMs = 2_000

function useIsLate(isLoading: boolean): boolean {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (!isLoading) return
    const timer = setTimeout(setLate, lateMs, true)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [isLoading])
  return isLate
}

/** Of the tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Backhaul`
  }, [title])
}
