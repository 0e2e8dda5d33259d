import type { ReadStream } from 'node:tty'

/** Listens for single keys of a terminal. Returns how to give the terminal back. */
export function listenForKeys(
  input: ReadStream,
  actions: Readonly<Record<string, () => void>>,
): () => void {
  const onKey = (data: Buffer): void => {
    const keys = data.toString()
    // Arrows and function keys: the letters that follow are not keys of their own.
    if (keys.startsWith('\u001b')) return
    for (const key of keys) actions[key === '\u0003' ? 'q' : key.toLowerCase()]?.()
  }
  input.setRawMode(true)
  input.on('data', onKey)
  input.resume()
  return () => {
    input.off('data', onKey)
    input.setRawMode(false)
    input.pause()
  }
}
