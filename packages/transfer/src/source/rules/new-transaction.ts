import type { Transaction } from '../../http/rules/transaction.ts'

/** Characters of a hop's URL that are kept. */
const maxShownUrl = 8_192

/** A request that has not been sent. */
export function newTransaction(url: string, resumedFrom: number | null): Transaction {
  const { origin, pathname } = new URL(url)
  return {
    url: `${origin}${pathname}`.slice(0, maxShownUrl),
    status: null,
    protocol: 'http/1.1',
    remoteAddressClass: null,
    domainLookupStart: null,
    domainLookupEnd: null,
    connectStart: null,
    secureConnectionStart: null,
    connectEnd: null,
    requestStart: null,
    responseStart: null,
    responseEnd: null,
    countOfResponseBodyBytesReceived: 0,
    resumedFrom,
  }
}
