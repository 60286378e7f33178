import { Link } from 'wouter'
import { useTitle } from '../parts/page.tsx'

export function NotFound() {
  useTitle('Not found')
  return (
    <p>
      There is no such page.{' '}
      <Link href="/" className="underline">
        To the start
      </Link>
    </p>
  )
}
