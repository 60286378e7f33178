/** Longer names are not compared: they are hardly typing errors, and comparing them is expensive. */
const maxLength = 40

/** The name that was probably meant: spelled in another style (`earliest_begin_date`) or a few letters off. Null when none is near. */
export function didYouMean(given: string, names: readonly string[]): string | null {
  if (given.length > maxLength) return null
  const letters = plain(given)
  const most = Math.max(1, Math.floor(letters.length / 4))
  let best: { name: string; distance: number } | null = null
  for (const name of names) {
    const distance = editDistance(letters, plain(name), best ? best.distance - 1 : most)
    if (distance !== null) best = { name, distance }
    if (distance === 0) break
  }
  return best?.name ?? null
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The edit distance (optimal string alignment: add, drop, replace, swap with a neighbour). Null above `most`. */
function editDistance(a: string, b: string, most: number): number | null {
  if (Math.abs(a.length - b.length) > most) return null
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwapped ? (before[j - 2] ?? Number.POSITIVE_INFINITY) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same, swap))
    }
    before = row
    row = next
  }
  const distance = row[b.length]!
  return distance <= most ? distance : null
}
