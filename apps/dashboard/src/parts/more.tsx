import { Button } from './button.tsx'

/** The next page of a list, below what there is of it. */
export function More({
  list,
}: {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
}) {
  if (!list.hasNextPage) return null
  return (
    <div className="mt-3">
      <Button onClick={() => list.fetchNextPage()} disabled={list.isFetchingNextPage}>
        More
      </Button>
    </div>
  )
}
