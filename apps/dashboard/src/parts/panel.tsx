import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useId } from 'react'
import { announce } from '../announce.ts'
import { opened } from '../focus.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'

interface Options {
  /** What the button that does it says. */
  name: string
  /** What it will do: read before it is done. */
  says: ReactNode
  /** The fields, if there are any. */
  children?: ReactNode
  run(fields: FormData): Promise<unknown>
  close(): void
  isFinal?: boolean
  /** Said when it is done. */
  done?: string
}

/** Something to be done that needs to know more: says what it will do, asks, and does it. */
export function Panel({ name, says, children, run, close, isFinal = false, done = `${name}: done.` }: Options) {
  const queries = useQueryClient()
  const saysId = useId()
  const act = useMutation({
    mutationFn: run,
    onSuccess: () => {
      close()
      announce(done)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['live'] }),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    act.mutate(new FormData(event.currentTarget))
  }
  return (
    <form
      ref={opened}
      aria-label={name}
      aria-describedby={saysId}
      onSubmit={submit}
      className="mt-3 space-y-3 rounded-lg bg-(--track) p-3"
    >
      <p id={saysId} className="max-w-prose">
        {says}
      </p>
      {children}
      {act.error ? <Failure error={act.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" kind={isFinal ? 'danger' : 'main'} disabled={act.isPending}>
          {name}
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </form>
  )
}
