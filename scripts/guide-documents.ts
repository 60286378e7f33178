import { readdir, readFile } from 'node:fs/promises'
import { guideDiagrams } from './guide-diagrams.ts'
import { guideErrors } from './guide-errors.ts'
import { type Documents, guideIndex, llmsIndex } from './guide-index.ts'
import { guideLimiter } from './guide-limiter.ts'
import { limiterPicture } from './limiter-picture.ts'

const docs = new URL('../docs/', import.meta.url)

/** Puts every generated part of the guide in its place. The index comes last: it is made of what the pages say then. */
export async function putGuide(put: (name: string, write: (old: string) => string) => Promise<void>): Promise<void> {
  await put('docs/guide/errors.md', guideErrors)
  await put('docs/guide/limiter.md', guideLimiter)
  await put('docs/guide/limiter.svg', limiterPicture)
  const documents = await readDocuments()
  for (const [name, text] of documents) {
    if (!name.startsWith('guide/')) continue
    for (const [picture, svg] of guideDiagrams(name, text)) await put(`docs/${picture}`, () => svg)
  }
  await put('docs/guide/README.md', (old) => guideIndex(old, documents))
  await put('docs/llms.txt', () => llmsIndex(documents))
}

async function readDocuments(): Promise<Documents> {
  const names = [...(await readdir(docs)), ...(await readdir(new URL('guide/', docs))).map((name) => `guide/${name}`)]
  const pages = names.filter((name) => name.endsWith('.md')).toSorted()
  return new Map(
    await Promise.all(pages.map(async (name) => [name, await readFile(new URL(name, docs), 'utf8')] as const)),
  )
}
