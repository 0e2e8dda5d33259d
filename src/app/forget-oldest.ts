/** Takes the entry out of a Map that was put in first, so that memory stays bounded. */
export function forgetOldest(windows: Map<string, unknown>): void {
  const [oldest] = windows.keys()
  if (oldest !== undefined) windows.delete(oldest)
}
