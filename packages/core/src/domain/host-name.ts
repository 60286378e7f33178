/**
 * A host as tasks have it: in lower case, international names in their ASCII form, the port unless it is https's own.
 * Null for what cannot be the host of a URL.
 */
export function hostName(text: string): string | null {
  if (/[/?#@\\\s\p{Cc}]/u.test(text) || !URL.canParse(`https://${text}`)) return null
  return new URL(`https://${text}`).host
}
