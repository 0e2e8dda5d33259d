const intervalMs = 500

/**
 * Calls back when the process that started this one is gone: npm passes SIGTERM to its shell only,
 * which dies and leaves this process behind. Returns how to stop watching.
 */
export function followParent(onGone: () => void): () => void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, intervalMs)
  return () => clearInterval(timer)
}
