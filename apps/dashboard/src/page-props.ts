import type { SignIn } from '@backhaul/sdk'

/** What every page is given. In a file of its own: the list of the pages imports them. */
export interface PageProps {
  who: SignIn
  /** What stands in the address for `:name`. */
  params: Partial<Record<string, string>>
}
