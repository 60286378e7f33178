import { useEffect, useState } from 'react'
import { relative } from '../rules/format.ts'
import { serviceNowMs } from '../service.ts'

/** How long ago, or in how long; the whole time when it is pointed at. Goes on by itself. */
export function Time({ at }: { at: string }) {
  const [now, setNow] = useState(serviceNowMs)
  useEffect(() => {
    const timer = setInterval(() => setNow(serviceNowMs()), 1_000)
    return () => clearInterval(timer)
  }, [])
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
