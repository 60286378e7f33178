import { Link } from 'wouter'
import { useTitle } from '../parts/page.tsx'

export function NotFound() {
  useTitle('Not found')
  return (
    <>
      <h1 className="mb-2 text-lg font-semibold">There is no such page</h1>
      <Link href="/" className="underline">
        To the start
      </Link>
    </>
  )
}
