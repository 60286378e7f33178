import type { Method, Payload, Transport } from './http/transport.ts'
import { List } from './list.ts'
import type { RequestOptions } from './request-options.ts'

/** What a call may be asked with. What is undefined is left out, also for who compiles with `exactOptionalPropertyTypes`. */
export type Query<Data extends { query?: object }> = OrUndefined<NonNullable<Data['query']>>
type OrUndefined<Fields> = { [Name in keyof Fields]: Fields[Name] | undefined }

/** A namespace of the client. */
export abstract class Resource {
  protected readonly transport: Transport
  constructor(transport: Transport) {
    this.transport = transport
  }

  protected call<T>(method: Method, path: string, options?: RequestOptions, payload?: Payload): Promise<T> {
    return this.transport.call<T>(method, path, options, payload)
  }

  /** `cursor` is the parameter that a page's `nextCursor` is given as. A path that throws is asked for when a page is. */
  protected paged<Item, Page extends { data: Item[]; nextCursor: string | null }>(
    path: string | (() => string),
    query: object | undefined,
    options: RequestOptions | undefined,
    cursor = 'cursor',
  ): List<Item, Page> {
    return new List(async (next) =>
      this.call<Page>('GET', typeof path === 'string' ? path : path(), options, {
        query: next === undefined ? query : { ...query, [cursor]: next },
      }),
    )
  }
}
