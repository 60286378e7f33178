import { Card } from '../../parts/card.tsx'
import { CodeBlock, indented } from '../../parts/code-block.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { useSearchFilters } from '../../search-filters.ts'

/** The bytes that are signed are those as sent; people read them indented. */
export function SentBody({ body, isWithheld }: { body: string | null; isWithheld: boolean }) {
  const [search, set] = useSearchFilters()
  const isRaw = search.get('body') === 'sent'
  if (body === null)
    return (
      <Card title="Body">
        <p className="text-(--quiet)">
          {isWithheld
            ? 'Of a wake it is shown to keys with the scope write only: its token completes the wake.'
            : 'It is fixed with the first attempt, or with the first in a later wake.'}
        </p>
      </Card>
    )
  return (
    <Card title="Body" aside={`${new TextEncoder().encode(body).length} bytes, of the newest attempt`}>
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <CopyButton text={body} name="Copy as sent" />
        <button type="button" onClick={() => set('body', isRaw ? '' : 'sent')} className="cursor-pointer underline">
          {isRaw ? 'Indent it' : 'As it was sent'}
        </button>
      </div>
      <CodeBlock text={isRaw ? body : indented(body)} name="The body" />
    </Card>
  )
}
