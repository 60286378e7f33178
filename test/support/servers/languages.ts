import { aptInstall } from './apt.ts'
import { findProgram } from './server-process.ts'

/** Programs that run other languages than ours, with the Debian packages they are in. */
const packages = {
  python3: ['python3-minimal'],
  go: ['golang-go'],
  php: ['php-cli'],
  ruby: ['ruby', 'ruby-webrick'],
} as const

export type LanguageProgram = keyof typeof packages

/** Makes a language available, from the Debian package if it is not on the path; the program's path. */
export async function needLanguage(program: LanguageProgram): Promise<string> {
  if (!findProgram(program)) await aptInstall(packages[program])
  const path = findProgram(program)
  if (!path) throw new Error(`The tests need ${program}: install the package ${packages[program].join(' and ')}.`)
  return path
}
