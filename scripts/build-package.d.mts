export function buildPackage(): Promise<string>
export function packPackage(directory?: string): Promise<string>
