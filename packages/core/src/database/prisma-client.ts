import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { throwDatabaseError } from './database-errors.ts'
import { PrismaClient } from './generated/client.ts'

/** Prisma's client, failing as {@link Sql} does. README.md says which reads go through it. */
export type ExtendedPrismaClient = ReturnType<typeof createPrismaClient>

/** Its statements run on the pool's connections; it opens none of its own. */
export function createPrismaClient(pool: pg.Pool) {
  return new PrismaClient({ adapter: new PrismaPg(pool) }).$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(throwDatabaseError) },
  })
}
