import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from './client-generators.ts'

/** What a language compiles or checks the files of a folder with. */
interface Compiler {
  command: string
  argumentsFor(folder: string): Promise<string[]>
}

const compilers: Record<Language, Compiler> = {
  TypeScript: { command: process.execPath, argumentsFor: typescriptProject },
  // Declarations that contradict each other are found when they are run.
  Python: { command: 'python3', argumentsFor: filesOf },
  Go: { command: 'go', argumentsFor: async (folder) => ['vet', ...(await filesOf(folder))] },
  Java: { command: 'javac', argumentsFor: async (folder) => ['-d', folder, ...(await filesOf(folder))] },
}

/** Compiles the files of a folder; false when the language is not on this machine. Throws with what the compiler says. */
export async function compileClient(language: Language, folder: string): Promise<boolean> {
  const { command, argumentsFor } = compilers[language]
  try {
    await promisify(execFile)(command, await argumentsFor(folder), { maxBuffer: 64 * 1024 * 1024 })
    return true
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code === 'ENOENT') return false
    throw new Error(`${command}: ${`${stdout}${stderr}`.slice(0, 10_000) || error}`)
  }
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name))
}

/** As in the project of a careful user, but for what generators are free to write: unused names, and fields that are there and undefined. */
async function typescriptProject(folder: string): Promise<string[]> {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    noEmit: true,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }))
  return [join(dirname(typescript), 'bin/tsc'), '-p', folder]
}
