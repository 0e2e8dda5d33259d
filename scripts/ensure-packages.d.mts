export function nodeMistake(version: string): string | undefined
export function packagesMistake(root: string): string | undefined
export function ensurePackages(root: string): Promise<void>
