import { useSearchParams } from 'wouter'

/** The filters of a page, which are in its address, and a function that sets one of them. '' takes it away. */
export function useSearchFilters(): [URLSearchParams, (name: string, value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const set = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  return [search, set]
}
