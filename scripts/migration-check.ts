/** Holds migrations against their rules (migration-rules.ts). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brokenMigrationRules } from './migration-rules.ts'
import { askSquawk } from './squawk.ts'

/** The newest that was there before the rules were. */
const lastUnchecked = '20261129201623_row_security'

/** One sentence, with its file and line, for each rule that one of these migrations breaks. */
export async function brokenMigrations(folder: string, migrations: readonly string[]): Promise<string[]> {
  const sentences: string[] = []
  for (const name of migrations.filter((each) => each > lastUnchecked)) {
    const path = join(folder, name, 'migration.sql')
    const [sql, found] = [await readFile(path, 'utf8'), await askSquawk(path)]
    if (found === null) console.warn(`${name}: checked without Squawk, which has no program for this platform here`)
    sentences.push(...brokenMigrationRules(sql, found ?? []).map((sentence) => `${name}: ${sentence}`))
  }
  return sentences
}
