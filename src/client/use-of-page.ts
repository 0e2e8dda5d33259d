/**
 * Calls `look` where the page is used again, `ask` where it comes back from the browser's memory, and
 * gives what tells whether something was typed that no form has sent.
 */
export function watchUse(
  look: () => void,
  ask: () => Promise<void>,
  refetchOnFocus: boolean | undefined,
  signal: AbortSignal,
): () => boolean {
  let typed = false
  for (const type of ['input', 'submit', 'pageshow', 'focus'])
    addEventListener(
      type,
      (event) => {
        if (type.endsWith('t')) typed = type === 'input'
        // The back button must not show the page of somebody who has signed out.
        else if ((event as PageTransitionEvent).persisted) void ask()
        else if (refetchOnFocus !== false) look()
      },
      { signal, capture: true },
    )
  return () => typed
}
