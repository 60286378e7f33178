/** What stands for a secret wherever it is shown. */
export const masked = '•••'

export function maskValues(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, masked]))
}
