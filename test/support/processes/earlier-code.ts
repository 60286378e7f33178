import { execFile } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * N−1: the code that runs beside this one while it is rolled out, a commit of this repository's own history. Moved by a release
 * and before a step that may break what is older (docs/releasing.md); nothing else names it.
 */
export const earlierCommit = 'f01e3c016da6bb54a6fbc640fb655b9680f3eba4'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)
/** The clone may be another user's, as where a container runs its tests. */
const git = (...args: string[]) => run('git', ['-c', 'safe.directory=*', ...args], { cwd: root })

export interface EarlierCode {
  /** Its root: entries of `startProcess` are relative to it. */
  folder: string
  remove(): Promise<void>
}

/**
 * Unpacks the code of a commit into a temporary folder, with a Prisma client of its own schema. It uses the installed
 * packages of this code, which must satisfy its imports. Throws a sentence when the clone does not have the commit.
 */
export async function unpackEarlierCode(commit = earlierCommit): Promise<EarlierCode> {
  await git('merge-base', '--is-ancestor', commit, 'HEAD').catch((error: Error) => {
    throw new Error(
      `Commit ${commit}, which must run beside this code, is not in the history of this clone. Clone it whole ` +
        `(git fetch --unshallow). Git said: ${error.message}`,
    )
  })
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-earlier-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const archive = `${folder}.tar`
    await git('archive', '--output', archive, commit)
    await run('tar', ['-xf', archive, '-C', folder]).finally(() => rm(archive))
    await linkPackages(folder)
    await run(process.execPath, ['scripts/generate.ts', '--client'], { cwd: folder })
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The installed packages, but the workspaces are the folder's own. */
async function linkPackages(folder: string): Promise<void> {
  for await (const found of glob('{packages,apps}/*/node_modules', { cwd: root }))
    await symlink(join(root, found), join(folder, found))
  await mkdir(join(folder, 'node_modules'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    const [from, to] = [join(root, 'node_modules', name), join(folder, 'node_modules', name)]
    // Relative links to where the workspaces are.
    if (name === '@backhaul') await cp(from, to, { recursive: true, verbatimSymlinks: true })
    else await symlink(from, to)
  }
}
