import { relative } from '../rules/format.ts'
import { useNow } from '../use-now.ts'

/** How long ago, or in how long; the whole time when it is pointed at. Goes on by itself. */
export function Time({ at }: { at: string }) {
  const now = useNow(1_000)
  const date = new Date(at)
  return (
    <time
      dateTime={at}
      title={date.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' })}
      className="whitespace-nowrap"
    >
      {relative(date, now)}
    </time>
  )
}
