import { Button } from './button.tsx'

interface Options {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
  words?: string
}

/** The next page of a list, below what there is of it. */
export function More({ list, words = 'More' }: Options) {
  if (!list.hasNextPage) return null
  return (
    <div className="mt-3">
      <Button onClick={() => list.fetchNextPage()} disabled={list.isFetchingNextPage}>
        {words}
      </Button>
    </div>
  )
}
