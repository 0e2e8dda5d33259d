import type { BuildOptions } from 'esbuild'

export const functionsBuild: BuildOptions
export const devBuild: BuildOptions
export function writeHostFiles(directory?: string): Promise<void>
export function buildFunctions(): Promise<void>
export function buildDev(): Promise<void>
