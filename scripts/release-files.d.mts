export function bundledPackages(inputs: Record<string, unknown>): string[]
export function thirdPartyNotices(folders: readonly string[]): string
export function checksums(directory: string): string
export function billOfMaterials(folders: readonly string[]): {
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly purl: string
    readonly hashes: readonly { readonly alg: string; readonly content: string }[]
    readonly licenses: readonly { readonly license: { readonly id: string } }[]
  }[]
}
