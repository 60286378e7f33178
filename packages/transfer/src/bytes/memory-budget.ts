/**
 * The memory for parts that cannot go into storage as they come, because their length is not known or the origin is too slow.
 * There is one budget for the process, so that memory stays bounded however many downloads there are.
 */
export interface MemoryBudget {
  readonly budgetBytes: number
  /** Held beyond the free bytes of each part; some parts may go beyond the budget. */
  usedBytes(): number
  open(): MemoryAccount
}
export interface MemoryAccount {
  /** Calls `granted` when `bytes` more may be held, at once or when other accounts have released some; in the order of the calls. */
  take(bytes: number, granted: () => void): void
  /** Releases everything. Calls that still wait are never granted. */
  close(): void
}

const MiB = 1024 * 1024
export const defaultBudgetBytes = 128 * MiB
/**
 * The number of waiting accounts that are served beyond the budget. Those that hold most come first, because they are nearest to
 * the end of their part and to releasing it. Otherwise parts that are all half full would wait for each other.
 */
const servedBeyond = 4
/** The first bytes of every part, which are not counted, so that small files never wait for large ones. */
const freeBytes = MiB / 4

interface Holder {
  /** Bytes held beyond the free ones. */
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
    budgetBytes,
    usedBytes: () => used,
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
