import type { Log } from '../kernel/log.ts'
import type { RateLimit } from '../kernel/rules/rate-limit.ts'
import { createLocalRequestCounts } from './local-request-counts.ts'
import type { RequestCounts } from './request-counts.ts'
import { askedFor, heldMs, holdable, onCredit } from './rules/request-share.ts'
import { countedSeconds, type GivenRequests } from './rules/request-window.ts'

interface RequestGatePorts {
  requestCounts: RequestCounts
  log: Pick<Log, 'warn'>
  nowMs(): number
}

export interface Admission {
  isAdmitted: boolean
  rateLimit: RateLimit
}

export interface RequestGate {
  /**
   * Whether a request with the key may go on; it is counted if so. `quota`: requests within a minute. Answers at once,
   * except where this process has to ask first: a small quota, or one that is nearly used up.
   */
  admit(keyId: string, quota: number): Admission | Promise<Admission>
}

/** What this process knows of a key, and holds of its requests. */
interface Share {
  quota: number
  held: number
  heldUntilMs: number
  /** Let through without having asked, and those of them that it is just telling. */
  owed: number
  telling: number
  /** What is left for all processes, as it was last told; null: that is not known. */
  left: number | null
  /** When the oldest of all requests no longer counts. */
  freeAtMs: number
  /** Since it last asked, and when that was. */
  spent: number
  askedAtMs: number
  waiting: number
  asking: Promise<void> | null
}

const windowSeconds = 60
const forgetMs = 2 * countedSeconds * 1000

/**
 * Lets requests through by the counts of all processes, without asking for each: every process takes a part of what is
 * left ahead. While the counts are away, each counts for itself.
 */
export function createRequestGate({ requestCounts, log, nowMs }: RequestGatePorts): RequestGate {
  const shares = new Map<string, Share>()
  const alone = createLocalRequestCounts(nowMs)
  let sweptAtMs = nowMs()

  const shareOf = (keyId: string, quota: number): Share => {
    const known = shares.get(keyId)
    if (known?.quota === quota) return known
    const fresh = {
      quota,
      held: 0,
      heldUntilMs: 0,
      owed: 0,
      telling: 0,
      left: null,
      freeAtMs: 0,
      spent: 0,
      waiting: 0,
      asking: null,
    }
    const share: Share = { ...fresh, askedAtMs: nowMs() - 1000 }
    shares.set(keyId, share)
    return share
  }
  const forgetUnused = () => {
    const now = nowMs()
    if (now - sweptAtMs < forgetMs) return
    sweptAtMs = now
    for (const [keyId, { askedAtMs, asking }] of shares)
      if (asking === null && now - askedAtMs > forgetMs) shares.delete(keyId)
  }

  const exchange = async (keyId: string, share: Share): Promise<void> => {
    const { quota, owed, waiting } = share
    const perSecond = (share.spent * 1000) / Math.max(100, nowMs() - share.askedAtMs)
    const wanted = { quota, owed, wanted: askedFor(quota, { perSecond, waiting }) }
    Object.assign(share, { owed: 0, telling: owed, spent: 0, askedAtMs: nowMs() })
    const answer: GivenRequests = await requestCounts.take(keyId, wanted).catch((error: unknown) => {
      log.warn(
        { event: 'requests.counted_alone', error },
        'the counts of requests are away; each process counts its own',
      )
      return alone.take(keyId, wanted)
    })
    share.telling = 0
    share.held += answer.given
    share.heldUntilMs = nowMs() + heldMs
    share.left = answer.left
    share.freeAtMs = nowMs() + answer.freeInMs
  }
  const ask = (keyId: string, share: Share): Promise<void> => {
    share.asking ??= exchange(keyId, share).finally(() => {
      share.asking = null
    })
    return share.asking
  }

  /** null: that cannot be said without asking. */
  const tryNow = (keyId: string, share: Share): boolean | null => {
    const { quota } = share
    if (quota === 0) return false
    if (nowMs() >= share.heldUntilMs) share.held = 0
    const isUsedUp = share.left === 0 && nowMs() < share.freeAtMs
    if (share.held > 0) {
      share.held -= 1
      share.spent += 1
      if (holdable(quota) > 1 && share.held < askedFor(quota, { perSecond: share.spent, waiting: 0 }) / 2 && !isUsedUp)
        void ask(keyId, share)
      return true
    }
    if (isUsedUp) return false
    if (share.left === 0 || share.owed + share.telling >= Math.min(onCredit(quota), share.left ?? quota)) return null
    share.owed += 1
    share.spent += 1
    void ask(keyId, share)
    return true
  }
  const admission = (share: Share, isAdmitted: boolean): Admission => {
    const { quota, left, owed, telling, held, freeAtMs } = share
    const seconds = Math.ceil((freeAtMs - nowMs()) / 1000)
    return {
      isAdmitted,
      rateLimit: {
        ...{ name: 'requests', quota, windowSeconds },
        left: isAdmitted ? Math.max(0, (left ?? quota) + held - owed - telling) : 0,
        moreInSeconds: seconds > 0 ? Math.min(windowSeconds, seconds) : left === null ? windowSeconds : 1,
      },
    }
  }
  const admitLater = async (keyId: string, share: Share): Promise<Admission> => {
    share.waiting += 1
    try {
      for (;;) {
        await ask(keyId, share)
        const isAdmitted = tryNow(keyId, share)
        if (isAdmitted !== null) return admission(share, isAdmitted)
      }
    } finally {
      share.waiting -= 1
    }
  }

  return {
    admit(keyId, quota) {
      forgetUnused()
      const share = shareOf(keyId, quota)
      const isAdmitted = tryNow(keyId, share)
      return isAdmitted === null ? admitLater(keyId, share) : admission(share, isAdmitted)
    },
  }
}
