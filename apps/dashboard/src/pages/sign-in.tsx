import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { LinkSignIn } from '../link-sign-in.tsx'
import { Failure } from '../parts/failure.tsx'
import { useTitle } from '../parts/page.tsx'
import { signIn } from '../sign-in.ts'

export function SignInPage({ link }: { link: LinkSignIn }) {
  useTitle('Sign in')
  const queries = useQueryClient()
  const [key, setKey] = useState('')
  const { mutate, isPending, error } = useMutation({
    mutationFn: signIn,
    // What was typed is not kept.
    gcTime: 0,
    onSuccess: (who) => queries.setQueryData(['who'], who),
  })
  // The newest trouble: of what was typed, or else of the link that led here.
  const told = error ?? (isPending ? null : link.error)
  return (
    <main className="mx-auto mt-[12vh] w-full max-w-sm p-4">
      <h1 className="mb-1 text-xl font-semibold">Backhaul</h1>
      <p className="mb-5 text-(--quiet)">
        Sign in with an API key, or as an operator with the token of the installation.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          mutate({ key: key.trim() })
        }}
      >
        <label htmlFor="key" className="mb-1 block font-medium">
          Key
        </label>
        <input
          id="key"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          required
          maxLength={512}
          value={key}
          onChange={(event) => setKey(event.target.value)}
          className="mb-3 w-full rounded-lg border border-(--line) bg-(--card) px-3 py-2 font-mono"
        />
        <button
          type="submit"
          disabled={isPending || link.isPending}
          className="w-full cursor-pointer rounded-lg bg-blue-700 px-3 py-2 font-medium text-white hover:bg-blue-800 disabled:opacity-60"
        >
          Sign in
        </button>
      </form>
      {told ? (
        <div className="mt-4">
          <Failure error={told} />
        </div>
      ) : null}
    </main>
  )
}
