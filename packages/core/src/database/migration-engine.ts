import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import type pg from 'pg'

/** Node's types leave this global to those of browsers. */
const { WebAssembly: assembly } = globalThis as unknown as {
  WebAssembly: { instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> }
}

type Engine = typeof import('@prisma/schema-engine-wasm/schema_engine_bg')
/** The engine's glue code keeps its memory in module variables: there can be one instance in a process. */
let loaded: Promise<Engine> | undefined

interface MigrationEngine {
  engine: SchemaEngine
  /** The database's error on the engine's first statement. The engine's own error does not include it. */
  failure(): unknown
}

/** Prisma's own schema engine as WebAssembly, loaded when first needed: no download, no child process. */
export async function openMigrationEngine(pool: pg.Pool): Promise<MigrationEngine> {
  loaded ??= load()
  const { SchemaEngine } = await loaded
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n'
  const mended = mendAdapter(new PrismaPg(pool))
  const adapter = bindMigrationAwareSqlAdapterFactory(mended.factory)
  const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => {}, adapter)
  return { engine, failure: mended.failure }
}

async function load(): Promise<Engine> {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const gluePath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const code = await readFile(join(dirname(gluePath), 'schema_engine_bg.wasm'))
  const { instance } = await assembly.instantiate(code, { './schema_engine_bg.js': { ...glue } })
  const { __wbg_set_wasm } = glue as unknown as { __wbg_set_wasm(exports: object): void }
  __wbg_set_wasm(instance.exports)
  const { __wbindgen_start } = instance.exports as { __wbindgen_start(): void }
  __wbindgen_start()
  return glue
}

const charOid = 18
const textOid = 25

/** Adds the features that the engine needs and the adapter lacks. */
function mendAdapter(factory: PrismaPg) {
  let failure: unknown
  const mend = (adapter: Awaited<ReturnType<PrismaPg['connect']>>) => {
    const pool = adapter.underlyingDriver()
    // It would cut a script at every semicolon, also inside strings, comments and functions. PostgreSQL can read.
    adapter.executeScript = async (script) => void (await pool.query(script))
    // It refuses the type "char" of PostgreSQL's own catalogue, which the engine reads as a character.
    const query: (config: pg.QueryConfig) => Promise<pg.QueryResult> = pool.query.bind(pool)
    let characters: number[] = []
    Object.assign(pool, {
      async query(config: pg.QueryConfig) {
        const result = await query(config).catch((error) => {
          failure ??= error
          throw error
        })
        const { fields = [] } = result
        characters = fields.flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []))
        for (const index of characters) fields[index]!.dataTypeID = textOid
        return result
      },
    })
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (sql) => {
      const result = await queryRaw(sql)
      for (const index of characters) result.columnTypes[index] = ColumnTypeEnum.Character
      return result
    }
    return adapter
  }
  const mendedFactory = {
    provider: 'postgres' as const,
    adapterName: factory.adapterName,
    connect: async () => mend(await factory.connect()),
    connectToShadowDb: async () => mend(await factory.connectToShadowDb()),
  }
  return { factory: mendedFactory, failure: () => failure }
}

/** No table is managed outside the migrations. */
export const everything = { externalTables: [], externalEnums: [] }
