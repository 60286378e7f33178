import { type ComponentProps, useState } from 'react'

export const fieldStyle = 'rounded-lg border border-(--line) bg-(--card) px-2 py-1'
const besideStyle = 'flex min-w-0 items-center gap-2'

interface ChoiceOptions {
  name: string
  /** '' is no choice. */
  value: string
  options: readonly (readonly [value: string, words: string])[]
  choose(value: string): void
}

/** A filter stands in a row with others, its name beside it. `/` leads to the first. */
export function Choice({ name, value, options, choose }: ChoiceOptions) {
  return (
    <label className={besideStyle}>
      {name}
      <select
        data-filter
        value={value}
        onChange={(event) => choose(event.target.value)}
        className={`min-w-0 ${fieldStyle}`}
      >
        <option value="">any</option>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

interface SearchOptions {
  name: string
  value: string
  choose(value: string): void
  maxLength?: number
}

/** Blanks around it are not asked for, and stay while it is typed. */
export function Search({ name, value, choose, maxLength = 253 }: SearchOptions) {
  const [typed, setTyped] = useState(value)
  return (
    <label className={besideStyle}>
      {name}
      <input
        data-filter
        type="search"
        value={typed.trim() === value ? typed : value}
        onChange={(event) => {
          setTyped(event.target.value)
          choose(event.target.value.trim())
        }}
        maxLength={maxLength}
        className={`min-w-0 ${fieldStyle}`}
      />
    </label>
  )
}

type FieldOptions = {
  name: string
  note?: string
  /** Its name in the data of its form. */
  field?: string
  /** What is wrong with it. */
  problem?: string | undefined
} & ComponentProps<'input'>

/** A field of a form: its name above it, below it what is wrong with it. */
export function Field({ name, note, field, problem, ...rest }: FieldOptions) {
  return (
    <label className="block min-w-0">
      <span className="mb-1 block text-(--quiet)">{name}</span>
      <input {...rest} name={field} aria-invalid={problem ? true : undefined} className={`w-full ${fieldStyle}`} />
      {problem ? <span className="mt-1 block text-red-700 wrap-anywhere dark:text-red-300">{problem}</span> : null}
      {note ? <span className="mt-1 block text-xs text-(--quiet)">{note}</span> : null}
    </label>
  )
}
