import { fork, type ChildProcess, type ForkOptions } from 'node:child_process'

const children = new Set<ChildProcess>()

/** Forks a script whose process does not outlive this one, not even where it is still starting. */
export function forkChild(script: string, options: ForkOptions): ChildProcess {
  // Flags of this process (of a test runner, for example) are not the child's.
  const child = fork(script, [], { execArgv: [], ...options })
  if (children.size === 0) process.on('exit', killAll)
  children.add(child)
  child.once('exit', () => {
    children.delete(child)
    if (children.size === 0) process.off('exit', killAll)
  })
  return child
}

function killAll(): void {
  for (const child of children) child.kill('SIGKILL')
}
