import { watch } from 'node:fs'
import { join } from 'node:path'

/** Calls back, once, some moments after a file of the local stack itself has changed. */
export function watchDev(root: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(join(root, 'dev'), { recursive: true }, (_, name) => {
    // The scripts of the demo app are read for every request.
    if (name === null || !name.endsWith('.ts')) return
    watcher.close()
    timer = setTimeout(onChange, 100)
  })
  watcher.on('error', () => watcher.close())
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
