import { type ComponentProps, type ReactNode, useId, useState } from 'react'

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

interface Told {
  name: string
  note?: string | undefined
  /** Its name in the data of its form. */
  field?: string
  /** What is wrong with it. */
  problem?: string | undefined
}

/** A field of a form: its name above it, below it what is wrong with it, and what it is for. */
export function Field({ name, note, field, problem, ...rest }: Told & ComponentProps<'input'>) {
  return (
    <Labeled name={name} note={note} problem={problem}>
      {(aria) => <input {...rest} {...aria} name={field} className={`w-full ${fieldStyle}`} />}
    </Labeled>
  )
}

/** A field of several lines. */
export function Area({ name, note, field, problem, ...rest }: Told & ComponentProps<'textarea'>) {
  return (
    <Labeled name={name} note={note} problem={problem}>
      {(aria) => (
        <textarea rows={2} {...rest} {...aria} name={field} className={`w-full font-mono text-xs ${fieldStyle}`} />
      )}
    </Labeled>
  )
}

type SelectionOptions = Told & {
  options: readonly (readonly [value: string | number, words: string])[]
} & ComponentProps<'select'>

/** A choice of a form. */
export function Selection({ name, note, field, problem, options, ...rest }: SelectionOptions) {
  return (
    <Labeled name={name} note={note} problem={problem}>
      {(aria) => (
        <select {...rest} {...aria} name={field} className={`max-w-full ${fieldStyle}`}>
          {options.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Labeled>
  )
}

interface LabeledOptions {
  name: string
  note: string | undefined
  problem: string | undefined
  children(aria: { id: string; 'aria-describedby': string; 'aria-invalid': true | undefined }): ReactNode
}

/** What is below the field describes it, and is no part of its name. */
function Labeled({ name, note, problem, children }: LabeledOptions) {
  const id = useId()
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-(--quiet)">
        {name}
      </label>
      {children({ id, 'aria-describedby': `${id}-below`, 'aria-invalid': problem ? true : undefined })}
      <div id={`${id}-below`}>
        {problem ? (
          <p role="alert" className="mt-1 text-red-700 wrap-anywhere dark:text-red-300">
            {problem}
          </p>
        ) : null}
        {note ? <p className="mt-1 text-xs text-(--quiet)">{note}</p> : null}
      </div>
    </div>
  )
}
