import type { CreatedApiKey } from '@backhaul/sdk'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { opened } from '../focus.ts'
import { expiryOf, lifetimes } from '../rules/key-state.ts'
import { type Scope, scopeNames, scopes } from '../rules/scopes.ts'
import { serviceNowMs } from '../service.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Field, Selection } from './fields.tsx'
import type { KeysOf } from './keys-of.ts'
import { problemsOf } from './problems.ts'

interface CreateOptions {
  of: KeysOf
  done(created: CreatedApiKey): unknown
  close(): void
}

export function CreateKey({ of, done, close }: CreateOptions) {
  const create = useMutation({ mutationFn: of.create, onSuccess: done, gcTime: 0 })
  const problems = problemsOf(create.error)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    create.mutate({
      name: `${form.get('name')}`,
      scopes: form.getAll('scope') as Scope[],
      ...expiryOf(Number(form.get('expires')), serviceNowMs()),
    })
  }
  return (
    <form ref={opened} aria-label="A new key" onSubmit={submit} className="mb-4 rounded-lg bg-(--track) p-3">
      <div className="grid gap-3 md:grid-cols-2">
        <div className="space-y-3">
          <Field name="Name" field="name" required maxLength={200} autoComplete="off" problem={problems['/name']} />
          <Selection name="It ends" field="expires" defaultValue="90" options={lifetimes} />
        </div>
        <fieldset>
          <legend className="mb-1">It may</legend>
          {scopeNames.map((scope) => (
            <label key={scope} className="flex items-baseline gap-2 py-0.5">
              <input
                type="checkbox"
                name="scope"
                value={scope}
                defaultChecked={scope === 'read' && of.mayGive.includes('read')}
                disabled={!of.mayGive.includes(scope)}
              />
              <span>
                <span className="font-mono">{scope}</span>: {scopes[scope]}
                {of.mayGive.includes(scope) ? '' : ' (your key does not have it)'}
              </span>
            </label>
          ))}
          {problems['/scopes'] ? <p className="text-red-800 dark:text-red-200">{problems['/scopes']}</p> : null}
        </fieldset>
      </div>
      {create.error ? (
        <div className="mt-3">
          <Failure error={create.error} />
        </div>
      ) : null}
      <div className="mt-3 flex gap-2">
        <Button type="submit" kind="main" disabled={create.isPending}>
          Create it
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </form>
  )
}
