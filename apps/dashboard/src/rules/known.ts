/**
 * What a table says of a word of the service. A newer service has words that this page does not know: for them it is `otherwise`, never
 * a member that every object has.
 */
export function wordFor<T>(table: Readonly<Record<string, T>>, word: string, otherwise: T): T {
  return Object.hasOwn(table, word) ? table[word]! : otherwise
}
