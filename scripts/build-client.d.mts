import type { Plugin } from 'esbuild'

/** The two texts of the helper, and the files that they are made of. */
export function buildClient(): Promise<{ core: string; leave: string; inputs: string[] }>
/** Puts the texts where the functions read them. */
export const clientFiles: Plugin
