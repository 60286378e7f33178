/** The text shown in place of a secret. */
export const masked = '•••'

export function maskValues(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, masked]))
}
