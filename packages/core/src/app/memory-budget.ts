/**
 * Memory for parts that cannot go into storage as they come, because their length is not known or the origin is too slow:
 * for the whole process, so that it stays flat however many transfers there are.
 */
export interface MemoryBudget {
  open(): MemoryAccount
}
export interface MemoryAccount {
  /** Calls back when so many more bytes may be held: at once, or when others have given some back. */
  take(bytes: number, granted: () => void): void
  /** Everything is given back. */
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
  wants: { bytes: number; granted: () => void } | null
  isBeyond: boolean
}

export function createMemoryBudget(budgetBytes: number = defaultBudgetBytes): MemoryBudget {
  let used = 0
  const holders = new Set<Holder>()
  const grant = (holder: Holder) => {
    const { bytes, granted } = holder.wants!
    holder.wants = null
    holder.held += bytes
    used += bytes
    granted()
  }
  const serve = () => {
    const waiting = [...holders].filter(({ wants }) => wants !== null).sort((a, b) => b.held - a.held)
    for (const holder of waiting) {
      if (!holder.isBeyond && used + holder.wants!.bytes > budgetBytes) {
        if ([...holders].filter(({ isBeyond }) => isBeyond).length >= servedBeyond) continue
        holder.isBeyond = true
      }
      grant(holder)
    }
  }
  return {
    open() {
      const holder: Holder = { held: 0, wants: null, isBeyond: false }
      let free = freeBytes
      holders.add(holder)
      return {
        take(bytes, granted) {
          const counted = Math.max(0, bytes - free)
          free -= bytes - counted
          if (counted === 0) return granted()
          holder.wants = { bytes: counted, granted }
          if (holder.isBeyond || used + counted <= budgetBytes) grant(holder)
          else serve()
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
