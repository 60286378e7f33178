import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Button } from './parts/button.tsx'
import { Failure } from './parts/failure.tsx'
import { signIn, takeLinkToken } from './sign-in.ts'

export interface LinkSignIn {
  isPending: boolean
  /** The link was used, or is over. */
  error: Error | null
  reset(): void
}

/** Signs in with a one-time link, also when somebody is signed in already: the link says who is meant. */
export function useLinkSignIn(): LinkSignIn {
  const queries = useQueryClient()
  const { mutate, isPending, error, reset } = useMutation({
    async mutationFn(token: string) {
      const who = await signIn({ token })
      // Asked for before, with the cookie of then.
      await queries.cancelQueries({ queryKey: ['who'] })
      return who
    },
    gcTime: 0,
    onSuccess: (who) => queries.setQueryData(['who'], who),
  })
  useEffect(() => {
    const take = () => {
      const token = takeLinkToken()
      if (token !== null) mutate(token)
    }
    take()
    // A link that is opened in a tab of this page changes its fragment only.
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [mutate])
  return { isPending, error, reset }
}

/** What is said of a link that did not sign in, to who is signed in without it. */
export function RefusedLink({ error, reset }: Pick<LinkSignIn, 'error' | 'reset'>) {
  if (error === null) return null
  return (
    <section aria-label="The link" className="mb-4">
      <p className="mb-2">The link did not sign in. You are signed in as before.</p>
      <Failure error={error} />
      <div className="mt-2">
        <Button onClick={reset}>Go on</Button>
      </div>
    </section>
  )
}
