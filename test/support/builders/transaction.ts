import type { Transaction } from '#transfer/http/rules/transaction.ts'

/** A request whose response was 200 and had no bytes yet; `changes` say what is different. */
export function aTransaction(changes: Partial<Transaction> = {}): Transaction {
  return {
    url: 'https://example.com/data.tar.gz',
    status: 200,
    protocol: 'http/1.1',
    remoteAddressClass: 'public',
    domainLookupStart: null,
    domainLookupEnd: null,
    connectStart: null,
    secureConnectionStart: null,
    connectEnd: null,
    requestStart: null,
    responseStart: null,
    responseEnd: null,
    countOfResponseBodyBytesReceived: 0,
    resumedFrom: null,
    ...changes,
  }
}
