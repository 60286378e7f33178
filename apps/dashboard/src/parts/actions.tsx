import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { announce } from '../announce.ts'
import { opened } from '../focus.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'

export interface Action {
  name: string
  /** What it will do: read before it is done. */
  says: string
  run(): Promise<unknown>
  /** It cannot be undone. */
  isFinal?: boolean
  /** Said when it is done. */
  done?: string
}

/** Buttons. Each says what it will do before it does it; what is live is asked for again behind it. */
export function Actions({ actions, on }: { actions: readonly Action[]; on: string }) {
  const queries = useQueryClient()
  const says = useId()
  const [asked, ask] = useState<string | null>(null)
  const act = useMutation({
    mutationFn: (action: Action) => action.run(),
    onSuccess: (_, { name, done }) => announce(done ?? `${name} ${on}: done.`),
    onSettled: () => {
      ask(null)
      return queries.invalidateQueries({ queryKey: ['live'] })
    },
  })
  // Gone, when what it acts on has changed meanwhile.
  const chosen = actions.find(({ name }) => name === asked)
  // It does not come back by itself when what it acts on changes again.
  if (asked && !chosen) ask(null)
  return (
    <>
      {act.error ? <Failure error={act.error} /> : null}
      <div className="flex flex-wrap gap-2">
        {actions.map(({ name }) => (
          <Button key={name} onClick={() => ask(name)}>
            {name}
          </Button>
        ))}
      </div>
      {chosen ? (
        <fieldset
          key={chosen.name}
          ref={opened}
          aria-label={chosen.name}
          aria-describedby={says}
          className="mt-3 rounded-lg bg-(--track) p-3"
        >
          <p id={says} className="mb-2">
            {chosen.says}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button
              kind={chosen.isFinal ? 'danger' : 'main'}
              onClick={() => act.mutate(chosen)}
              disabled={act.isPending}
            >
              {chosen.name} {on}
            </Button>
            <Button onClick={() => ask(null)}>Leave it</Button>
          </div>
        </fieldset>
      ) : null}
    </>
  )
}
