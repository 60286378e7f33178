/** A page as the service gives it. */
interface PageOf<Item> {
  data: Item[]
  nextCursor: string | null
}

/**
 * A list that is read as far as it is wanted: `for await (const task of client.tasks.list())` reads page after page, `await` the first
 * page alone.
 */
export class List<Item, Page extends PageOf<Item> = PageOf<Item>> implements AsyncIterable<Item>, PromiseLike<Page> {
  readonly #read: (cursor: string | undefined) => Promise<Page>
  constructor(read: (cursor: string | undefined) => Promise<Page>) {
    this.#read = read
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { data } of this.pages()) yield* data
  }

  /** Page after page. */
  async *pages(): AsyncGenerator<Page, void, undefined> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#read(cursor)
      yield page
      // The feed of events always has a next cursor: for what is still to happen.
      if (page.nextCursor === null || page.data.length === 0) return
      cursor = page.nextCursor
    }
  }

  /** All of them, at most so many. */
  async toArray(limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
    const items: Item[] = []
    if (limit > 0) for await (const item of this) if (items.push(item) >= limit) break
    return items
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a list reads its first page
  then<A = Page, B = never>(
    onPage?: ((page: Page) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#read(undefined).then(onPage, onError)
  }
}
