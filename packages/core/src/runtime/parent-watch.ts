/** What is asked of `process`. */
interface Child {
  readonly env: NodeJS.ProcessEnv
  readonly ppid: number
}

const lookEveryMs = 1_000

/**
 * Calls `onGone` once npm, which has started this process as its own child, is gone: killed, it could not pass anything on,
 * and the service would stay behind with its port and DATA_DIR, unseen. npm says what it runs in `npm_lifecycle_script`, and
 * our scripts begin with `exec`, so that no shell is in between. Whoever is started otherwise may outlive its parent:
 * by systemd or Docker, with nohup, in the background of a shell.
 */
export function watchParent(child: Child, onGone: () => void): void {
  if (!child.env.npm_lifecycle_script?.startsWith('exec ')) return
  const parent = child.ppid
  const timer = setInterval(() => {
    if (child.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, lookEveryMs)
  timer.unref()
}
