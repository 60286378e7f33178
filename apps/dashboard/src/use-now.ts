import { useEffect, useState } from 'react'

/** Renders again every second, while it is wanted: what is open goes on. */
export function useNow(isWanted: boolean): void {
  const [, tick] = useState(0)
  useEffect(() => {
    if (!isWanted) return
    const timer = setInterval(() => tick((n) => n + 1), 1_000)
    return () => clearInterval(timer)
  }, [isWanted])
}
