/** Folders with a tsconfig.json, relative to the root. */
export const typeScriptProjects: readonly string[]
