/** Starts the embedded PostgreSQL in the folder that is the argument, prints its address, and stays until it is killed. */
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'

const { connectionString } = await startEmbeddedPostgres({ dataDir: process.argv[2]!, log: console })
console.log(connectionString)
setInterval(() => {}, 60_000)
