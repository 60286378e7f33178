const references: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text as HTML, in an element or in an attribute between quotes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => references[character]!)
}
