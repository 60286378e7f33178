import { useEffect, useRef } from 'react'
import { useSearchParams } from 'wouter'

/**
 * The filters of a page, which are in its address, and a function that sets one of them. '' takes it away. An answer may come when the
 * page is not shown any more: the address is another page's then, and stays.
 */
export function useSearchFilters(): [URLSearchParams, (name: string, value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const isShown = useRef(true)
  useEffect(() => {
    isShown.current = true
    return () => {
      isShown.current = false
    }
  }, [])
  const set = (name: string, value: string) => {
    if (!isShown.current) return
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  }
  return [search, set]
}
