import type { Pages } from '../use-pages.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'

interface Options {
  list: Pick<Pages<unknown>, 'hasMore' | 'isReadingMore' | 'moreError' | 'more'>
  words?: string
}

/** The next page of a list, below what there is of it. */
export function More({ list, words = 'More' }: Options) {
  if (!list.hasMore) return null
  return (
    <div className="mt-3">
      {list.moreError ? (
        <Failure error={list.moreError} retry={list.more} />
      ) : (
        <Button onClick={() => list.more()} disabled={list.isReadingMore}>
          {words}
        </Button>
      )}
    </div>
  )
}
