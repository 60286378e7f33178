import type { SignIn } from '@backhaul/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, useEffect } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { followEvents } from './live.ts'
import { NotFound } from './pages/not-found.tsx'
import { SignInPage } from './pages/sign-in.tsx'
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

  // A key that ends while the page is open shows as the first refused question.
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ query }) => {
        if (query.queryKey[0] !== 'who' && isSignedOut(query.state.error) && queries.getQueryData(['who']) !== null)
          queries.setQueryData(['who'], null)
      }),
    [queries],
  )

  // Where it stands when the answer is here: something to see while the service says who asks.
  if (who.isPending) return <p className="p-5 text-base font-semibold">Backhaul</p>
  if (who.isError) return <Failure error={who.error} retry={who.refetch} />
  if (who.data === null) return <SignInPage />
  return <Signed who={who.data} />
}

function Signed({ who }: { who: SignIn }) {
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
    <Shell who={who}>
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
  )
}
