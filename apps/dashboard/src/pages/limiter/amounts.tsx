import { useState } from 'react'
import { fieldStyle } from '../../parts/fields.tsx'
import { amounts, type PatternOptions } from '../../rules/limiter-patterns.ts'

type Amount = keyof typeof amounts

/** How many tasks a pattern has, and how long each takes. */
export function Amounts({ options, set }: { options: PatternOptions; set(name: Amount, value: string): void }) {
  return (
    <div className="mb-4 flex flex-wrap items-end gap-4">
      <AmountField of="tasks" words="Tasks" value={options.tasks} set={set} />
      {options.name === 'chain' || options.name === 'mixed' ? (
        <AmountField of="thinkSeconds" words="Seconds after a wake" value={options.thinkSeconds} set={set} />
      ) : null}
      <AmountField of="transferSeconds" words="Seconds each takes" value={options.transferSeconds} set={set} />
    </div>
  )
}

interface Options {
  of: Amount
  words: string
  value: number
  set(name: Amount, value: string): void
}

/** What is no number of the range is not taken, and stays while it is typed. The address may give another one meanwhile. */
function AmountField({ of, words, value, set }: Options) {
  const [typed, setTyped] = useState<{ text: string; over: number } | null>(null)
  const { least, most } = amounts[of]
  return (
    <label className="block">
      <span className="mb-1 block text-(--quiet)">{words}</span>
      <input
        type="number"
        min={least}
        max={most}
        value={typed?.over === value ? typed.text : value}
        onChange={({ target }) => {
          const isTaken = target.validity.valid && target.value !== ''
          setTyped({ text: target.value, over: isTaken ? target.valueAsNumber : value })
          if (isTaken) set(of, target.value)
        }}
        onBlur={() => setTyped(null)}
        className={`w-28 ${fieldStyle}`}
      />
    </label>
  )
}
