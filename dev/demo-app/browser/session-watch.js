// @ts-check

const channel = new BroadcastChannel('entra-bff')
const focusPause = 5_000

/** Tells other tabs that something happened; who is signed in they ask the server. @param {'in' | 'out'} what */
export function tellOtherTabs(what) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  channel.postMessage(what)
}

/**
 * Calls `ask` whenever what this page shows may have become wrong elsewhere.
 * @param {{ask: () => unknown, forget: () => void}} page `forget` runs before a page from the back-forward cache is seen
 */
export function watchSession({ ask, forget }) {
  let askedAt = Date.now()
  const askNow = () => {
    askedAt = Date.now()
    ask()
  }
  channel.addEventListener('message', askNow)
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    forget()
    askNow()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() - askedAt > focusPause) askNow()
  })
}
