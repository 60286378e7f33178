import { useState } from 'react'
import { changedTexts, type Edits, shownTexts, withoutSent } from '../../rules/form-edits.ts'

/** What is typed into a form stays while what is saved changes below it. */
export function useEdits<Name extends string>(saved: Record<Name, string>) {
  const [edits, setEdits] = useState<Edits<Name>>({})
  const changed = changedTexts(saved, edits)
  return {
    texts: shownTexts(saved, edits),
    changed,
    isChanged: Object.keys(changed).length > 0,
    edit: (name: Name, text: string) => setEdits((old) => ({ ...old, [name]: text })),
    /** What was sent is what is saved now. */
    settle: (sent: Edits<Name>) => setEdits((old) => withoutSent(old, sent)),
  }
}
