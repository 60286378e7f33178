import { inOrder, type PageHead, pageHead } from '#api/guide/page-head.ts'
import { withGenerated } from './generated-part.ts'

/** Markdown files by their names under `docs/`: `guide/errors.md`, `operations.md`. */
export type Documents = ReadonlyMap<string, string>

/** The index of the guide: its pages in their order, then the other documents, as its generated part. */
export function guideIndex(old: string, documents: Documents): string {
  const { guide, others } = entriesOf(documents)
  const text = [
    '## Pages',
    list(guide, (name) => name.replace('guide/', '')),
    '## Documents for operators and contributors',
    list(others, (name) => `../${name}`),
  ].join('\n\n')
  return withGenerated(old, 'the titles and first sentences of the documents', text)
}

/** The index for language models, in the form of https://llmstxt.org: links are relative to `docs/`. */
export function llmsIndex(documents: Documents): string {
  const { guide, others } = entriesOf(documents)
  const { summary } = pageHead(documents.get('guide/README.md') ?? '')
  return `# Backhaul

> ${summary}

Every page is Markdown. The OpenAPI document describes every request, response and webhook.

## Guide

${list(guide, (name) => name)}

## API

- [OpenAPI document](../openapi/openapi.json): OpenAPI 3.1, with examples of every request.

## Optional

${list(others, (name) => name)}
`
}

type Entry = PageHead & { name: string }

function entriesOf(documents: Documents): { guide: Entry[]; others: Entry[] } {
  const heads = new Map([...documents].map(([name, text]) => [name, pageHead(text)]))
  const entries = inOrder(heads).filter(({ name }) => name !== 'guide/README.md')
  return {
    guide: entries.filter(({ name }) => name.startsWith('guide/')),
    others: entries.filter(({ name }) => !name.startsWith('guide/')),
  }
}

function list(entries: readonly Entry[], address: (name: string) => string): string {
  return entries
    .map(({ name, title, summary }) => `- [${title}](${address(name)})${summary === '' ? '' : `: ${summary}`}`)
    .join('\n')
}
