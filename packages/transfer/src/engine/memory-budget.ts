/**
 * Memory for parts that cannot go into storage as they come, because their length is not known or the origin is too slow:
 * for the whole process, so that it stays flat however many transfers there are.
 */
export interface MemoryBudget {
  open(): MemoryAccount
}
export interface MemoryAccount {
  /** Calls back when so many more bytes may be held: at once, or when others have given some back; in the order of the calls. */
  take(bytes: number, granted: () => void): void
  /** Everything is given back. What still waits is not called back. */
  close(): void
}

const MiB = 1024 * 1024
export const defaultBudgetBytes = 128 * MiB
/**
 * So many of those that wait are served beyond the budget, those that hold most first: they are nearest to the end of their
 * part and to giving it all back. Otherwise parts that are all half full would wait for each other.
 */
const servedBeyond = 4
/** Of every part, not counted: small files never wait for large ones. */
const freeBytes = MiB / 4

interface Holder {
  /** Beyond what is free. */
  held: number
  wants: { bytes: number; granted: () => void }[]
  isBeyond: boolean
}

export function createMemoryBudget(budgetBytes: number = defaultBudgetBytes): MemoryBudget {
  let used = 0
  const holders = new Set<Holder>()
  const mayGrant = (holder: Holder, bytes: number) => {
    if (holder.isBeyond || used + bytes <= budgetBytes) return true
    if ([...holders].filter(({ isBeyond }) => isBeyond).length >= servedBeyond) return false
    holder.isBeyond = true
    return true
  }
  const serve = () => {
    const waiting = [...holders].filter(({ wants }) => wants.length > 0).sort((a, b) => b.held - a.held)
    for (const holder of waiting) {
      while (holders.has(holder) && holder.wants.length > 0 && mayGrant(holder, holder.wants[0]!.bytes)) {
        const { bytes, granted } = holder.wants.shift()!
        holder.held += bytes
        used += bytes
        granted()
      }
    }
  }
  return {
    open() {
      const holder: Holder = { held: 0, wants: [], isBeyond: false }
      let free = freeBytes
      holders.add(holder)
      return {
        take(bytes, granted) {
          const counted = Math.max(0, bytes - free)
          free -= bytes - counted
          if (counted === 0 && holder.wants.length === 0) return granted()
          holder.wants.push({ bytes: counted, granted })
          if (holder.wants.length === 1) serve()
        },
        close() {
          if (!holders.delete(holder)) return
          used -= holder.held
          serve()
        },
      }
    },
  }
}
