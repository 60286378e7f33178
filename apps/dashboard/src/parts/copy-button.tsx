import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'

/** Says when it is done. Without a clipboard (a page over http) it says that, and the text can be marked. */
export function CopyButton({ text, name = 'Copy' }: { text: string; name?: string }) {
  const [done, become] = useState<{ text: string; state: 'copied' | 'refused' } | null>(null)
  // Another text was not copied yet.
  const state = done?.text === text ? done.state : 'ready'
  const copy = async () => {
    try {
      // Not there on a page that came by plain HTTP from another machine.
      await navigator.clipboard.writeText(text)
      become({ text, state: 'copied' })
    } catch {
      become({ text, state: 'refused' })
    }
  }
  const words = { ready: name, copied: 'Copied', refused: 'Not allowed here: mark the text' }
  return (
    <Button onClick={copy}>
      {state === 'copied' ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
      <span role="status">{words[state]}</span>
    </Button>
  )
}
