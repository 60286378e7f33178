import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Task } from '@backhaul/sdk'
import { calledWrongly } from '../command-error.ts'
import { makeFolder } from '../make-folder.ts'
import { localName } from '../rules/local-name.ts'
import { shellWord } from '../rules/shell-word.ts'

/** Where on this machine a file is to be. */
export interface Target {
  /** Of the file of a task that has completed. */
  pathOf(task: Pick<Task, 'response' | 'originalRequest'>): string
  /** As it is shown before that is known. */
  nameOf(task: Pick<Task, 'response' | 'originalRequest'>): string
  /** What says the same to another call: ` -o mirror/`, or nothing. */
  option: string
}

/**
 * Looks before anything is fetched whether files can be written there: `output` is a file, or a folder for files under their own names.
 * Throws CommandError, and what the file system says.
 */
export async function openTarget(
  directory: string,
  output: string | undefined,
  { count, force }: { count: number; force: boolean },
): Promise<Target> {
  if (output === '-')
    throw calledWrongly('A file is checked before it is given to you, so it cannot go to stdout: give a file to -o.')
  const path = resolve(directory, output ?? '.')
  const option = output === undefined ? '' : ` -o ${shellWord(output)}`
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const isFolder =
    found?.isDirectory() || output === undefined || /[/\\]$/.test(output) || (found === null && count > 1)
  if (isFolder) {
    if (found === null) await makeFolder(path)
    await access(path, constants.W_OK | constants.X_OK)
    const nameOf: Target['nameOf'] = ({ response, originalRequest }) =>
      localName(response?.suggestedFilename, originalRequest.url)
    return { nameOf, pathOf: (task) => join(path, nameOf(task)), option }
  }
  if (count > 1) throw calledWrongly(`${output} is a file, and there are ${count} to save: give a folder to -o.`)
  if (found !== null && !force) throw Object.assign(new Error('It exists.'), { code: 'EEXIST', path })
  await access(dirname(path), constants.W_OK | constants.X_OK)
  return { nameOf: () => basename(path), pathOf: () => path, option }
}
