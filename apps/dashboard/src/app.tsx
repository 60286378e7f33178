import type { SignIn } from '@backhaul/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { BulkRunProvider, useBulkRun } from './bulk-run.tsx'
import { RefusedLink, useLinkSignIn } from './link-sign-in.tsx'
import { followEvents } from './live.ts'
import { NotFound } from './pages/not-found.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { BulkResults } from './pages/tasks/bulk-results.tsx'
import { pages } from './pages.ts'
import { Boundary } from './parts/boundary.tsx'
import { Failure } from './parts/failure.tsx'
import { MissingScope } from './parts/missing-scope.tsx'
import { Shell } from './parts/shell.tsx'
import { missingScope } from './rules/scopes.ts'
import { isSignedOut, whoIsSignedIn } from './sign-in.ts'

export function App() {
  const queries = useQueryClient()
  const who = useQuery({ queryKey: ['who'], queryFn: ({ signal }) => whoIsSignedIn(signal) })
  const link = useLinkSignIn()

  // A key that ends while the page is open shows as the first refused question. Later events of that question tell of nothing new.
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'error' || event.query.queryKey[0] === 'who') return
        if (isSignedOut(event.action.error) && queries.getQueryData(['who']) !== null)
          queries.setQueryData(['who'], null)
      }),
    [queries],
  )
  // Before anything is shown to somebody else: what they must not see.
  const signIn = who.data?.id ?? null
  const [knownOf, become] = useState(signIn)
  if (knownOf !== signIn) {
    become(signIn)
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'who' })
  }

  // Where it stands when the answer is here: something to see while the service says who asks.
  if (who.isPending) return <p className="p-5 text-base font-semibold">Backhaul</p>
  if (who.data === undefined) return <Failure error={who.error} retry={who.refetch} />
  if (who.data === null) return <SignInPage link={link} />
  return <Signed key={who.data.id} who={who.data} notice={<RefusedLink error={link.error} reset={link.reset} />} />
}

/** `notice`: above every page. */
function Signed({ who, notice }: { who: SignIn; notice: ReactNode }) {
  const queries = useQueryClient()
  const [at] = useLocation()
  const follows = who.kind === 'key'
  useEffect(() => {
    if (!follows) return
    const over = new AbortController()
    void followEvents(queries, over.signal)
    return () => over.abort()
  }, [queries, follows])
  return (
    <BulkRunProvider>
      <Shell who={who}>
        {notice}
        <ShownRun />
        <Boundary key={at}>
          <Suspense>
            <Switch>
              {who.kind === 'operator' ? (
                <Route path="/">
                  <Redirect to="/workers" replace />
                </Route>
              ) : null}
              {pages
                .filter(({ of }) => of === who.kind)
                .map(({ path, link, component: Page }) => ({ path, Page, missing: missingScope(who, link?.scope) }))
                .map(({ path, Page, missing }) => (
                  <Route key={path} path={path}>
                    {(params) =>
                      missing === null ? <Page who={who} params={params} /> : <MissingScope scope={missing} />
                    }
                  </Route>
                ))}
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Boundary>
      </Shell>
    </BulkRunProvider>
  )
}

function ShownRun() {
  const { run, stop, close } = useBulkRun()
  return run ? <BulkResults run={run} stop={stop} close={close} /> : null
}
