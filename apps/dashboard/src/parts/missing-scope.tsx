import { type Scope, scopes } from '../rules/scopes.ts'
import { Card } from './card.tsx'
import { Page } from './page.tsx'

/** Of a page that the key may not see. */
export function MissingScope({ scope }: { scope: Scope }) {
  return (
    <Page title="Not with this key">
      <Card>
        <p>
          The key that you are signed in with does not have the scope <code className="font-mono">{scope}</code>, which
          is needed to {scopes[scope]}. Whoever manages the tenant’s keys can make one that has it.
        </p>
      </Card>
    </Page>
  )
}
