import { oneLine } from './plain-text.ts'

/** What file systems take. */
const maxBytes = 200

/**
 * A name that an origin has chosen, as a file of this machine: one that is in no other folder, not hidden, and typed without pain.
 */
export function localName(suggested: string | null | undefined, url: string): string {
  return nameIn(suggested ?? '') || nameIn(lastSegment(url)) || 'download'
}

function nameIn(text: string): string {
  const name = oneLine(text)
    .replaceAll(/[\\/:*?"<>|\uFFFD]+/g, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  if (/^_*$/.test(name)) return ''
  return shortened(name)
}

/** Keeps the end, which says what it is. */
function shortened(name: string): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length
  if (bytes(name) <= maxBytes) return name
  const extension = /(\.\w{1,10}){1,2}$/.exec(name)?.[0] ?? ''
  const characters = [...name.slice(0, name.length - extension.length)]
  while (bytes(characters.join('') + extension) > maxBytes) characters.pop()
  return characters.join('') + extension
}

function lastSegment(url: string): string {
  const segment = URL.parse(url)?.pathname.split('/').findLast(Boolean) ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
