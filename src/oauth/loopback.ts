/** Tells whether a URL is of this machine, the only place where plain http is accepted. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d/.test(url.hostname)
}
