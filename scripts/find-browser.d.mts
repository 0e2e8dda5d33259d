/** Path of a browser that playwright-core can drive: `CHROMIUM`, else a Chromium, Chrome or Edge. */
export function findBrowser(): string | undefined
/** What to say where there is none. */
export const installLine: string
/** Small and quiet; in a container the sandbox has no user namespaces, and root has no sandbox. */
export const browserArguments: string[]
