/** What was typed into fields, by their names. A field that is not there shows what is saved, also when that changes meanwhile. */
export type Edits<Name extends string> = Partial<Record<Name, string>>

export function shownTexts<Name extends string>(saved: Record<Name, string>, edits: Edits<Name>): Record<Name, string> {
  return { ...saved, ...edits }
}

/** What is to be sent: what is not changed may have been changed by somebody else, and stays as they left it. */
export function changedTexts<Name extends string>(saved: Record<Name, string>, edits: Edits<Name>): Edits<Name> {
  const changed = Object.entries<string>(edits as Record<Name, string>).filter(
    ([name, text]) => text !== saved[name as Name],
  )
  return Object.fromEntries(changed) as Edits<Name>
}

/** What was typed while it was being sent is not saved yet. */
export function withoutSent<Name extends string>(edits: Edits<Name>, sent: Edits<Name>): Edits<Name> {
  const left = Object.entries(edits).filter(([name, text]) => text !== sent[name as Name])
  return Object.fromEntries(left) as Edits<Name>
}
