import type { PageProps } from '../page-props.ts'
import { Keys } from '../parts/keys.tsx'
import { Page } from '../parts/page.tsx'
import { backhaul } from '../service.ts'

/** Ended ones are kept and listed too: at some number the page is long enough. */
const most = 1000

export default function KeysPage({ who }: PageProps) {
  return (
    <Page title="API keys">
      <Keys
        of={{
          queryKey: ['keys'],
          list: (signal) => backhaul.apiKeys.list({ limit: 200 }, { signal }).toArray(most),
          create: (given) => backhaul.apiKeys.create(given),
          rotate: (id, overlapSeconds) => backhaul.apiKeys.rotate(id, { overlapSeconds }),
          revoke: (id) => backhaul.apiKeys.revoke(id),
          mayGive: who.scopes,
          own: who.keyId,
        }}
      />
    </Page>
  )
}
