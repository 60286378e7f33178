import type { ComponentProps } from 'react'

const kinds = {
  plain: 'border-(--line) bg-(--card) hover:bg-(--track)',
  main: 'border-transparent bg-blue-700 font-medium text-white hover:bg-blue-800',
  danger: 'border-transparent bg-red-700 font-medium text-white hover:bg-red-800',
}

/** `main`: what most come here for. `danger`: what cannot be undone. */
export function Button({ kind = 'plain', ...rest }: ComponentProps<'button'> & { kind?: keyof typeof kinds }) {
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex cursor-pointer items-center gap-1.5 rounded-lg border px-3 py-1.5 disabled:cursor-default disabled:opacity-60 ${kinds[kind]}`}
    />
  )
}
